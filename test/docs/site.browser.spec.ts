import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInBrowser, expectAccessible } from '../support/browser.js';
import { root } from './support/document.js';

/** What `npm run docs` has built. */
const dist = join(root, 'docs', '.vitepress', 'dist');
const filesIn = (folder: string, ending: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(ending));
const pages = filesIn(dist, '.html').toSorted();
const REPOSITORY = 'https://repository.example/nestjs-pass2pay';

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.md': 'text/markdown',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.woff2': 'font/woff2',
};

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer(({ url: asked }, response) => {
    const { pathname } = new URL(asked!, 'http://site');
    const file = join(dist, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    const isThere = existsSync(file) && extname(file) !== '';
    response.writeHead(isThere ? 200 : 404, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'cache-control': 'max-age=3600',
    });
    response.end(isThere ? readFileSync(file) : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});

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

describeInBrowser('each page of the site', (browser) => {
  it.each([
    ['guide', pages.filter((path) => !path.startsWith('api/') && path !== '404.html')],
    ['module of the API reference', pages.filter((path) => path.startsWith('api/'))],
  ])('opens without trouble, for everybody: each %s', async (_kind, paths) => {
    expect(paths.length).toBeGreaterThan(20);
    const page = await browser.open(undefined);
    for (const path of paths) {
      await page.goto(`${url}/${path}`);
      await page.waitForSelector('main h1');
      await drawn(page);
      await expectAccessible(page).catch((error: unknown) => {
        throw new Error(path, { cause: error });
      });
    }
  });

  it.each([
    ['phone', 'light'],
    ['phone', 'dark'],
    ['desktop', 'dark'],
  ] as const)('opens on a %s, %s', async (device, colorScheme) => {
    for (const path of ['getting-started.html', 'choosing.html', 'zh-Hant/troubleshooting.html']) {
      const page = await browser.open(`${url}/${path}`, { device, colorScheme });
      await drawn(page);
      await expectAccessible(page);
    }
  });
});

/** Resolves when the diagrams of the page have been drawn. */
async function drawn(page: Page): Promise<void> {
  for (const diagram of await page.locator('.mermaid').all()) await diagram.locator('svg').waitFor();
}

/** Each with the page that answers it, which the search must give first. */
const QUESTIONS = [
  ['401', 'troubleshooting'],
  ['why is the notify answered with 401', 'troubleshooting'],
  ['404 notify', 'troubleshooting'],
  ['413', 'troubleshooting'],
  ['415', 'troubleshooting'],
  ['notify never arrives', 'troubleshooting'],
  ['notify arrives twice', 'troubleshooting'],
  ['unknown outcome', 'troubleshooting'],
  ['amount does not match', 'troubleshooting'],
  ['works locally but not in production', 'troubleshooting'],
  ['behind a CDN', 'troubleshooting'],
  ['nginx', 'proxies-and-cdns'],
  ['Cloudflare', 'proxies-and-cdns'],
  ['which set-up should I choose', 'choosing'],
  ['Redis or database', 'choosing'],
  ['mapped types', 'own-dtos'],
  ['PickType', 'own-dtos'],
  ['own DTO', 'own-dtos'],
  ['Vitest', 'jest-and-vitest'],
  ['Jest ESM', 'jest-and-vitest'],
  ['GraphQL', 'graphql-and-microservices'],
  ['microservice', 'graphql-and-microservices'],
  ['serverless', 'serverless-and-bundlers'],
  ['AWS Lambda', 'serverless-and-bundlers'],
  ['esbuild', 'serverless-and-bundlers'],
  ['bundle keep class names', 'serverless-and-bundlers'],
  ['how do I upgrade', 'upgrading'],
  ['semantic versioning', 'upgrading'],
  ['native app', 'native-apps'],
  ['React Native WebView', 'native-apps'],
  ['one open order per customer', 'orders'],
  ['double click creates two orders', 'orders'],
  ['risk rule', 'orders'],
  ['customer with too many expired orders', 'orders'],
  ['refund', 'fees-and-refunds'],
  ['fees', 'fees-and-refunds'],
  ['partial refund', 'fees-and-refunds'],
  ['rotate a secret', 'runbooks'],
  ['health check', 'health'],
  ['getting started', 'getting-started'],
] as const;

describeInBrowser('the search of the site', (browser) => {
  it('gives first the page that answers', async () => {
    const page = await browser.open(`${url}/index.html`);
    await page.getByRole('button', { name: 'Search' }).first().click();
    const input = page.locator('.VPLocalSearchBox input');
    const first = page.locator('.VPLocalSearchBox .result').first();
    const answers: [question: string, page: string][] = [];
    for (const [question] of QUESTIONS) {
      await input.fill('');
      await first.waitFor({ state: 'detached' });
      await input.fill(question);
      const { pathname } = new URL((await first.getAttribute('href'))!, url);
      answers.push([question, pathname.replace(/^\/(.*)\.html$/, '$1')]);
    }
    expect(answers).toEqual(QUESTIONS);
  });
});
