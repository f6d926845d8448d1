import type { SignatureCheck } from '../../api/signature-check.js';
import { html, type Html } from '../../http/html.js';
import { icon } from './icons.js';
import type { RequestTexts } from './texts/request-texts.js';
import { bytesBlock, visibleHtml } from './visible-html.js';

/** Why a signature was refused: the diagnosis first, then the data that it is based on. */
export function signatureCheck({ causes, canonical, received }: SignatureCheck, texts: RequestTexts): Html {
  return html`<section class="check">
    <h2>${icon('warning')} ${texts.signatureCheck}: ${texts.diagnosis}</h2>
    <ol class="check__causes" lang="en">
      ${causes.map(({ message, code }) => html`<li>${message} <code class="muted">${code}</code></li>`)}
    </ol>
    <h3>${texts.canonical}</h3>
    ${bytesBlock(visibleHtml(canonical), texts.canonical)}
    <p class="muted">${texts.canonicalHint}</p>
    <h3>${texts.receivedSign}</h3>
    ${bytesBlock(visibleHtml(received), texts.receivedSign)}
  </section>`;
}
