import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { withMermaid } from 'vitepress-plugin-mermaid';
import { writeMarkdown } from './llms.mjs';
import { GROUPS } from './pages.mjs';
import { REPOSITORY_URL, repositoryLinks } from './repository.mjs';
import { search } from './search.mjs';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const { version } = read('../../package.json');
/** Under which path it is published, and which releases the version menu lists: set by scripts/publish-site.mjs. */
const base = process.env.DOCS_BASE ?? '/';
const releases = (process.env.DOCS_RELEASES ?? '').split(' ').filter((name) => name !== '');

const sidebar = [
  ...GROUPS.map(({ text, pages }) => ({
    text,
    items: pages.map(([page, title]) => ({ text: title, link: `/${page}` })),
  })),
  { text: 'API', items: modulesOf(read('../api/typedoc-sidebar.json')) },
];

export default withMermaid(
  defineConfig({
    title: 'nestjs-pass2pay',
    description: 'NestJS module for the Pass2Pay payment gateway',
    base,
    cacheDir: fileURLToPath(new URL('../../node_modules/.cache/vitepress', import.meta.url)),
    head: [['link', { rel: 'icon', href: `${base}favicon.svg`, type: 'image/svg+xml' }]],
    markdown: {
      config: (md) => md.use(repositoryLinks),
      anchor: { slugify: githubAnchor },
      // Those of the default have too little contrast.
      theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    },
    // Mermaid imports CommonJS, which a browser takes only bundled, also from `npm run docs:dev`.
    vite: { build: { chunkSizeWarningLimit: 5_000 }, optimizeDeps: { include: ['mermaid'] } },
    buildEnd: writeMarkdown,
    locales: {
      root: { label: 'English', lang: 'en' },
      'zh-Hant': {
        label: '繁體中文',
        lang: 'zh-Hant',
        themeConfig: {
          sidebar: [
            {
              text: '開始',
              items: [
                { text: '概覽', link: '/zh-Hant/' },
                { text: '入門', link: '/zh-Hant/getting-started' },
                { text: '疑難排解', link: '/zh-Hant/troubleshooting' },
                { text: 'English', link: '/' },
              ],
            },
          ],
          outline: { label: '本頁內容', level: [2, 3] },
          docFooter: { prev: '上一頁', next: '下一頁' },
        },
      },
    },
    themeConfig: {
      sidebar,
      nav: [
        { text: 'Getting started', link: '/getting-started' },
        { text: 'Troubleshooting', link: '/troubleshooting' },
        { text: `v${version}`, items: versionMenu() },
      ],
      outline: { level: [2, 3] },
      search,
      i18nRouting: false,
    },
  }),
);

/** The API reference has a page for each module: all of them in one list, by what is imported. */
function modulesOf(items, parent = '') {
  return items.flatMap(({ text, link, items: inner = [] }) => [
    { text: parent + text, link },
    ...modulesOf(inner, `${parent}${text}/`),
  ]);
}

/** Every release has a site of its own, and each of them lists all that there were when it was published. */
function versionMenu() {
  const changelog = { text: 'Changelog', link: `${REPOSITORY_URL}/blob/main/CHANGELOG.md` };
  const links = releases.map((name, index) => ({
    text: index === 0 ? `${name} (latest)` : name,
    link: `${process.env.SITE_URL}/${index === 0 ? '' : `${name}/`}`,
    target: '_self',
  }));
  return [...links, changelog];
}

/** A heading's anchor as GitHub makes it, so that links hold in the repository and on the site. */
function githubAnchor(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
