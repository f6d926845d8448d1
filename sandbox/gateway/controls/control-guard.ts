import type { SandboxRequest } from '../http/http-server.js';

/**
 * Why a request may not use the controls; undefined when it may. Without this, a page on another origin could pay orders
 * in the sandbox of whoever looks at it, by a form (CSRF) or by a name that it points at 127.0.0.1 (DNS rebinding).
 *
 * @param ownUrl the sandbox's URL
 */
export function refusalOfControl(request: SandboxRequest, ownUrl: string): string | undefined {
  const own = new URL(ownUrl);
  const hosts = new Set([own.host, ...['localhost', '127.0.0.1', '[::1]'].map((name) => hostAt(name, own.port))]);
  const host = (request.headers.host ?? '').toLowerCase();
  if (!hosts.has(host)) return `The controls answer to ${own.host} only, not to the host ${host}`;
  const { origin } = request.headers;
  // The origin must be that of the very name that was called: localhost and 127.0.0.1 are two origins.
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`) {
    return `The controls take no requests from pages of ${origin}`;
  }
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return 'The controls take no requests from other sites';
  return undefined;
}

/**
 * The same for the dashboard's pages, which show and change nothing: a link on another site may lead to them in a tab of
 * its own, while no other site can fetch, embed or frame them.
 */
export function refusalOfPage(request: SandboxRequest, ownUrl: string): string | undefined {
  const {
    'sec-fetch-mode': mode,
    'sec-fetch-dest': destination,
    'sec-fetch-site': _site,
    ...headers
  } = request.headers;
  const isLink = request.method === 'GET' && mode === 'navigate' && destination === 'document';
  return refusalOfControl(isLink ? { ...request, headers } : request, ownUrl);
}

function hostAt(name: string, port: string): string {
  return port === '' ? name : `${name}:${port}`;
}
