// For readers that are programs: llms.txt, and each page as Markdown beside its HTML.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GROUPS } from './pages.mjs';
import { withRepositoryLinks } from './repository.mjs';

const SUMMARY =
  'NestJS module for the Pass2Pay (PassToPay) payment gateway: orders, verified notifies, outcomes handled once.';

export function writeMarkdown({ srcDir, outDir, pages, site: { base } }) {
  for (const page of pages) {
    const path = join(srcDir, page);
    mkdirSync(dirname(join(outDir, page)), { recursive: true });
    writeFileSync(join(outDir, page), withRepositoryLinks(readFileSync(path, 'utf8'), path));
  }
  const { SITE_URL } = process.env;
  const address = SITE_URL ? new URL(base, SITE_URL).href : base;
  const sections = GROUPS.map(({ text, pages: ofGroup }) => {
    const lines = ofGroup.map(([page, title]) => {
      const opening = openingOf(readFileSync(join(srcDir, `${page}.md`), 'utf8'));
      return `- [${title}](${address}${page}.md): ${opening}`;
    });
    return `## ${text}\n\n${lines.join('\n')}\n`;
  });
  const guide = `Write an integration by [the guide for coding assistants](${address}assistants.md) first.`;
  writeFileSync(join(outDir, 'llms.txt'), `# nestjs-pass2pay\n\n> ${SUMMARY}\n\n${guide}\n\n${sections.join('\n')}`);
}

/** What a page says that it is for: the first sentence of it. */
function openingOf(markdown) {
  const [, text] = /^# .*\n+([^]*?)(?:\n\n|$)/m.exec(markdown.replaceAll(/<!--[^]*?-->/g, ''));
  const plain = text.replaceAll(/\s+/g, ' ').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return /^.*?[.:](?= |$)/.exec(plain)?.[0].replace(/:$/, '.') ?? plain;
}
