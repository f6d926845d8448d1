import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));

const markdownOf = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

interface Link {
  document: string;
  text: string;
  /** Relative to the root. */
  path: string;
  anchor?: string;
}

/** The links of a document to files of this repository, pictures included. */
function linksOf(document: string): Link[] {
  const prose = readFileSync(join(root, document), 'utf8').replaceAll(/^```.*?^```$/gms, '');
  return Array.from(prose.matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g))
    .filter(([, , target]) => !/^[a-z]+:/.test(target!))
    .map(([, text, target]) => {
      const [path, anchor] = target!.split('#');
      const file = path === '' ? document : join(dirname(document), path!);
      return { document, text: text!, path: file, ...(anchor !== undefined && { anchor }) };
    });
}

/** A heading's anchor, as GitHub makes it. */
function anchorsOf(path: string): string[] {
  const headings = readFileSync(join(root, path), 'utf8').matchAll(/^#+ (.*)$/gm);
  return Array.from(headings, ([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const english = [...markdownOf('docs'), ...markdownOf('docs/recipes')];
const documents = [...english, ...markdownOf('docs/zh-Hant')];
const links = [...markdownOf('.'), ...documents].flatMap(linksOf);

it('each link of the documents leads to a file, and to a heading where it names one', () => {
  expect(links.length).toBeGreaterThan(50);
  const broken = links.filter(
    ({ path, anchor }) => !existsSync(join(root, path)) || (anchor !== undefined && !anchorsOf(path).includes(anchor)),
  );
  expect(broken).toEqual([]);
});

it('each link to a test says which one, in its own words', () => {
  const toTests = links.filter(({ path }) => /^test\/.*\.(spec|contract)\.ts$/.test(path));
  expect(toTests.length).toBeGreaterThan(30);
  const untrue = toTests.filter(({ text, path }) => {
    const code = readFileSync(join(root, path), 'utf8');
    const words = text.replaceAll(/\s+/g, ' ').replaceAll('\\_', '_');
    return words !== path && words !== basename(path) && !code.includes(words);
  });
  expect(untrue).toEqual([]);
});

it.each([
  ['README.md', english],
  ['README.zh-Hant.md', documents],
])('%s leads to every document', (readme, expected) => {
  const linked = [...new Set(linksOf(readme).map(({ path }) => path))];
  expect(linked.filter((path) => path.startsWith('docs/') && path.endsWith('.md')).toSorted()).toEqual(
    expected.toSorted(),
  );
});
