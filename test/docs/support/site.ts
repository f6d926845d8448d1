import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { root } from './document.js';

/** What `npm run docs` has built. */
export const dist = join(root, 'docs', '.vitepress', 'dist');

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

/** Serves the built site to the tests of a file. */
export function serveSite(): { readonly url: string } {
  let server: Server;
  let url = '';
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
  return {
    get url() {
      return url;
    },
  };
}
