import { assetUrl } from './assets-site.js';
import { html, type Html } from '../http/html.js';
import type { SentResponse } from '../http/http-server.js';
import type { Language } from './language.js';

/** What a page is made of. */
export interface PageDocument {
  /** HTTP status; 200 by default. */
  readonly status?: number;
  readonly language: Language;
  readonly title: string;
  /** Names of the page's own style sheets, after the shared ones. */
  readonly styles?: readonly string[];
  /** Names of the page's own scripts, which are modules. */
  readonly scripts?: readonly string[];
  /** More for the `<head>`. */
  readonly head?: Html;
  /** All between `<body>` and `</body>`. */
  readonly body: Html;
  readonly headers?: Readonly<Record<string, string>>;
}

const SHARED_STYLES = ['tokens.css', 'base.css'];

/** Nothing but our own files runs, nothing inline, and forms go to this sandbox only. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** A whole page of the sandbox, in the payer's or the developer's language, never kept by a cache. */
export function pageResponse(page: PageDocument): SentResponse {
  const styles = [...SHARED_STYLES, ...(page.styles ?? [])];
  const document = html`<!doctype html>
    <html lang="${page.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${page.title}</title>
        <link rel="icon" href="${assetUrl('icon.svg')}" type="image/svg+xml" />
        ${styles.map((name) => html`<link rel="stylesheet" href="${assetUrl(name)}" />`)}
        ${(page.scripts ?? []).map((name) => html`<script type="module" src="${assetUrl(name)}"></script>`)}
        ${page.head}
      </head>
      <body>
        ${page.body}
      </body>
    </html> `;
  return {
    status: page.status ?? 200,
    headers: {
      'Content-Type': 'text/html;charset=UTF-8',
      'Content-Language': page.language,
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      // With `no-referrer` a browser sends the page's own forms with `Origin: null`.
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
      Vary: 'Accept-Language',
      ...page.headers,
    },
    body: document.text,
  };
}
