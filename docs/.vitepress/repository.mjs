// Where the repository is, and what in it a page's relative link leads to. In the repository, links to sources and tests are
// relative; the site has none of these files.
import { existsSync, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const docs = fileURLToPath(new URL('..', import.meta.url));
const root = dirname(docs.replace(/[\\/]$/, ''));

/** The one placeholder of the repository's address: the workflow that publishes the site sets it. */
export const REPOSITORY_URL = process.env.REPOSITORY_URL ?? 'https://repository.example/nestjs-pass2pay';
const REF = process.env.DOCS_REF ?? 'main';

/**
 * What a relative link of a page leads to in the repository.
 *
 * @param page the path of the page that has the link
 * @returns undefined where the site has what it leads to
 * @throws Error where nothing is there
 */
function repositoryUrl(href, page) {
  if (/^([a-z]+:|\/|#)/.test(href)) return undefined;
  const [path, anchor] = href.split('#');
  const file = resolve(dirname(page), path);
  const isPage = !relative(docs, file).startsWith('..') && file.endsWith('.md');
  if (isPage) return undefined;
  if (!existsSync(file)) throw new Error(`${relative(root, page)} links to ${href}, which does not exist`);
  const kind = statSync(file).isDirectory() ? 'tree' : 'blob';
  return `${REPOSITORY_URL}/${kind}/${REF}/${relative(root, file)}${anchor ? `#${anchor}` : ''}`;
}

/** For markdown-it: has links to other files of the repository lead there. */
export function repositoryLinks(md) {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type !== 'link_open') continue;
      const url = repositoryUrl(token.attrGet('href'), env.path);
      if (url !== undefined) token.attrSet('href', url);
    }
  });
}

/** A page as it is in the repository, with links that lead there too: for readers of Markdown. */
export function withRepositoryLinks(markdown, page) {
  return markdown.replaceAll(/(?<!!)\]\(([^)\s]+)\)/g, (link, href) => {
    const url = repositoryUrl(href, page);
    return url === undefined ? link : `](${url})`;
  });
}
