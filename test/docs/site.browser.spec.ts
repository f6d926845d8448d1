import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from '@jest/globals';
import { describeInBrowser, expectAccessible } from '../support/browser.js';
import { IS_LONG } from '../support/form.js';
import { root } from './support/document.js';
import { dist, serveSite } from './support/site.js';

const site = serveSite();
const filesIn = (folder: string, ending: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(ending));
const pages = filesIn(dist, '.html').toSorted();
const REPOSITORY = 'https://repository.example/nestjs-pass2pay';

it('has a page for each document, and a Markdown copy beside it', () => {
  const documents = ['docs', 'docs/recipes', 'docs/zh-Hant'].flatMap((folder) =>
    readdirSync(join(root, folder)).flatMap((name) =>
      name.endsWith('.md') ? join(folder, name).replace(/^docs\//, '') : [],
    ),
  );
  expect(documents.length).toBeGreaterThan(50);
  expect(documents.filter((path) => !pages.includes(path.replace(/\.md$/, '.html')))).toEqual([]);
  expect(pages.map((path) => path.replace(/\.html$/, '.md')).filter((path) => !existsSync(join(dist, path)))).toEqual([
    '404.md',
  ]);
});

it('lists each English document in the sidebar and in llms.txt', () => {
  const listed = readFileSync(join(dist, 'llms.txt'), 'utf8');
  const sidebar = readFileSync(join(dist, 'getting-started.html'), 'utf8');
  const guides = pages.filter((path) => !/^(api\/|zh-Hant\/|404|index)/.test(path));
  expect(guides.filter((path) => !sidebar.includes(`href="/${path}"`))).toEqual([]);
  expect(guides.filter((path) => !listed.includes(`(/${path.replace(/html$/, 'md')}): `))).toEqual([]);
});

it('has links that all lead somewhere', () => {
  const texts = new Map(pages.map((path) => [`/${path}`, readFileSync(join(dist, path), 'utf8')]));
  const broken: string[] = [];
  for (const [path, html] of texts) {
    for (const [, link] of html.matchAll(/<a [^>]*?href="([^"]+)"/g)) {
      const { origin, pathname, hash } = new URL(link!.replaceAll('&amp;', '&'), `http://site${path}`);
      if (origin !== 'http://site') {
        const file = link!.startsWith(REPOSITORY) ? /\/(?:blob|tree)\/main\/([^#]*)/.exec(link!) : null;
        if (file !== null && !existsSync(join(root, decodeURI(file[1]!)))) broken.push(`${path}: ${link}`);
        continue;
      }
      const target = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
      const isThere = texts.get(target)?.includes(hash === '' ? '' : `id="${decodeURIComponent(hash.slice(1))}"`);
      if (!isThere && !(hash === '' && existsSync(join(dist, target)))) broken.push(`${path}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
});

it('names no path of the repository that only the repository has', () => {
  const guides = filesIn(dist, '.md').filter((path) => !path.startsWith('api/'));
  const relative = guides.flatMap((path) =>
    Array.from(readFileSync(join(dist, path), 'utf8').matchAll(/(?<!!)\]\((?![a-z]+:|#)([^)\s#]+)/g), ([, link]) => ({
      path,
      file: join(dist, path, '..', link!),
    })),
  );
  expect(relative.length).toBeGreaterThan(100);
  expect(relative.filter(({ file }) => !existsSync(file))).toEqual([]);
});

/** The short form leaves out the larger pages of the API reference: axe takes seconds for each, and all have one theme. */
const isOpened = (path: string) => IS_LONG || !path.startsWith('api/') || statSync(join(dist, path)).size <= 100_000;

describeInBrowser('each page of the site', (browser) => {
  it.each([
    ['guide', pages.filter((path) => !path.startsWith('api/') && path !== '404.html')],
    ['module of the API reference', pages.filter((path) => path.startsWith('api/'))],
  ])('opens without trouble, for everybody: each %s', async (_kind, paths) => {
    expect(paths.length).toBeGreaterThan(20);
    const left = paths.filter(isOpened);
    const openAll = async () => {
      const page = await browser.open(undefined);
      for (let path = left.shift(); path !== undefined; path = left.shift()) await openPage(page, path);
    };
    await Promise.all([openAll(), openAll()]);
  });

  it.each([
    ['phone', 'light'],
    ['phone', 'dark'],
    ['desktop', 'dark'],
  ] as const)('opens on a %s, %s', async (device, colorScheme) => {
    for (const path of ['getting-started.html', 'choosing.html', 'zh-Hant/troubleshooting.html']) {
      const page = await browser.open(`${site.url}/${path}`, { device, colorScheme });
      await drawn(page);
      await expectAccessible(page);
    }
  });
});

/** Opens a page of the site, which must be accessible. */
async function openPage(page: Page, path: string): Promise<void> {
  await page.goto(`${site.url}/${path}`);
  await page.waitForSelector('main h1');
  await drawn(page);
  await expectAccessible(page).catch((error: unknown) => {
    throw new Error(path, { cause: error });
  });
}

/** Resolves when the diagrams of the page have been drawn. */
async function drawn(page: Page): Promise<void> {
  for (const diagram of await page.locator('.mermaid').all()) await diagram.locator('svg').waitFor();
}
