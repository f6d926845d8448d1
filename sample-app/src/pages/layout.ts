import type { Texts } from '../texts/texts.js';
import { html, Html } from './html.js';

interface PageParts {
  title: string;
  content: Html;
  /** Wide for tables and the catalogue. */
  isWide?: boolean;
  /** More for the head. */
  head?: Html;
}

/** A whole page, in the shop's dress. */
export function layout(texts: Texts, { title, content, isWide = false, head }: PageParts): string {
  return html`<!doctype html>
    <html lang="${texts.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${texts.shop}</title>
        <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/shop.css" />
        ${head}
      </head>
      <body>
        <a class="skip" href="#content">${texts.skip}</a>
        <header>
          <a class="brand" href="/"><img src="/assets/favicon.svg" alt="" width="32" height="32" />${texts.shop}</a>
        </header>
        <main id="content" class="${isWide ? 'wide' : 'narrow'}">${content}</main>
        <footer><p>${texts.sample}</p></footer>
      </body>
    </html>`.text;
}
