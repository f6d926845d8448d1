import { html, type Html } from '../../http/html.js';
import { visiblePieces } from './visible-text.js';

/**
 * Text in which every invisible character is shown as a mark. Fonts often lack the symbols, so the style sheet shows
 * the mark's name; copied text contains the symbol.
 */
export function visibleHtml(text: string): Html {
  return html`${visiblePieces(text).map(({ text: piece, name }) =>
    name === undefined ? piece : html`<b class="mark-char" data-name="${name}">${piece}</b>`,
  )}`;
}

/** A block of bytes that can also be scrolled with the keyboard. */
export function bytesBlock(bytes: Html, label: string): Html {
  return html`<pre class="code" tabindex="0" role="region" aria-label="${label}">${bytes}</pre>`;
}
