import { assetUrl } from './assets-site.js';
import { html, type Html } from '../http/html.js';
import type { SentResponse } from '../http/http-server.js';
import type { Language } from './language.js';

/** The parts of a page. */
export interface PageDocument {
  /** HTTP status; 200 by default. */
  readonly status?: number;
  readonly language: Language;
  readonly title: string;
  /** Names of the page's own style sheets, loaded after the shared ones. */
  readonly styles?: readonly string[];
  /** Names of the page's own scripts, which are modules. */
  readonly scripts?: readonly string[];
  /** Additional content of the `<head>`. */
  readonly head?: Html;
  /** The content of the `<body>`. */
  readonly body: Html;
  readonly headers?: Readonly<Record<string, string>>;
}

const SHARED_STYLES = ['tokens.css', 'base.css'];

/** Only the sandbox's own files run, nothing inline, and forms are sent only to this sandbox. */
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

/** A complete page of the sandbox, in the language of the payer or developer, which caches must not store. */
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
      // With `no-referrer`, a browser sends the page's own forms with `Origin: null`.
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
      Vary: 'Accept-Language',
      ...page.headers,
    },
    body: document.text,
  };
}
