import { html, type Html } from '../../http/html.js';
import { visiblePieces } from './visible-text.js';

/**
 * Bytes as text in which nothing hides: what has no shape is shown by a mark. Fonts often lack the pictures, so the style
 * sheet draws the mark's name; whoever copies the text gets the picture.
 */
export function visibleHtml(text: string): Html {
  return html`${visiblePieces(text).map(({ text: piece, name }) =>
    name === undefined ? piece : html`<b class="mark-char" data-name="${name}">${piece}</b>`,
  )}`;
}

/** A block of bytes, which can be scrolled by keyboard as well. */
export function bytesBlock(bytes: Html, label: string): Html {
  return html`<pre class="code" tabindex="0" role="region" aria-label="${label}">${bytes}</pre>`;
}
