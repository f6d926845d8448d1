import type { View } from './dashboard-view.js';
import { entryUrl } from './entry-view.js';
import { clockText, isoText } from './formats.js';
import { meaningOf } from './gateway-words.js';
import { html, type Html } from '../../http/html.js';
import { ageOf } from './notify-badge.js';
import { isRefused, type RequestEntry, requestsIn } from './refused-requests.js';
import { signatureCheck } from './signature-view.js';
import { badge } from './state-badge.js';
import { REQUEST_TEXTS, type RequestTexts } from './texts/request-texts.js';
import { visibleHtml } from './visible-html.js';

const SHOWN = 100;

/** The refused requests, or all of them, latest first. */
export function requestsPage(view: View, showsAll: boolean): Html {
  const texts = REQUEST_TEXTS[view.language];
  const requests = requestsIn(view.journal.since(0)).filter((entry) => showsAll || isRefused(entry));
  const shown = requests.slice(-SHOWN).toReversed();
  return html`<div class="head">
      <h1>${texts.title}</h1>
      <nav class="tabs" aria-label="${texts.which}">
        <a href="/requests" ${!showsAll && html`aria-current="page"`}>${texts.refused}</a>
        <a href="/requests?show=all" ${showsAll && html`aria-current="page"`}>${texts.all}</a>
      </nav>
    </div>
    <div id="requests" data-refresh>
      ${
        shown.length === 0
          ? html`<p class="card nothing">${showsAll ? texts.none : texts.noneRefused}</p>`
          : html`<ul class="requests">
              ${shown.map((entry) => requestItem(entry, view, texts))}
            </ul>`
      }
      ${requests.length > SHOWN && html`<p class="muted">${texts.latest(SHOWN)}</p>`}
    </div>`;
}

function requestItem(entry: RequestEntry, view: View, texts: RequestTexts): Html {
  const { seq, at, endpoint, method, path, kind, mchNo, mchOrderNo } = entry;
  const isKnown =
    kind !== undefined &&
    mchNo !== undefined &&
    mchOrderNo !== undefined &&
    view.desks[`${kind}s`].ledger.find(mchNo, mchOrderNo) !== undefined;
  return html`<li class="card request-item" id="request-${seq}">
    <details id="request-${seq}-details">
      <summary>
        <span class="request-item__what">
          ${verdict(entry, texts)}
          <strong>${endpoint ?? `${method} ${path}`}</strong>
          <span class="breakable">${mchOrderNo}</span>
        </span>
        <span class="request-item__words">${words(entry, view)}</span>
        <span class="request-item__age muted number">${ageOf(at, view.now, view.language)}</span>
      </summary>
      <div class="request-item__body">
        <p class="muted number">
          <time datetime="${isoText(at)}">${clockText(at)}</time> · ${method} ${path}
          ${isKnown && html`· <a href="${entryUrl(kind, mchNo, mchOrderNo)}">${mchOrderNo}</a>`}
        </p>
        ${entry.signature && signatureCheck(entry.signature, texts)}
        <h2>${texts.sent}</h2>
        ${params(entry, texts)}
      </div>
    </details>
  </li>`;
}

function verdict(entry: RequestEntry, texts: RequestTexts): Html {
  const answered = entry.status === undefined ? texts.noResponse : `${entry.code ?? `HTTP ${entry.status}`}`;
  if (isRefused(entry)) return badge('danger', 'cross', answered);
  return entry.fault === undefined ? badge('success', 'check', answered) : badge('warning', 'bolt', entry.fault);
}

/** The gateway's messages are in Chinese; English readers see the translation first. */
function words({ msg }: RequestEntry, { language }: View): Html | undefined {
  if (msg === undefined) return undefined;
  const meaning = language === 'en' ? meaningOf(msg) : undefined;
  const own = html`<span class="breakable" lang="zh-Hans">${visibleHtml(msg)}</span>`;
  return meaning === undefined ? own : html`${meaning} <span class="muted">${own}</span>`;
}

function params(entry: RequestEntry, texts: RequestTexts): Html {
  const sent = Object.entries(entry.params);
  if (sent.length === 0) return html`<p class="muted">${texts.noParams}</p>`;
  const suspects = new Set(entry.signature?.causes.map(({ parameter }) => parameter));
  return html`<dl class="params">
    ${sent.map(
      ([name, value]) =>
        html`<div ${suspects.has(name) && html`class="params__suspect"`}>
          <dt>${name}${suspects.has(name) && html`<span class="visually-hidden"> (${texts.suspect})</span>`}</dt>
          <dd class="breakable">${visibleHtml(value)}</dd>
        </div>`,
    )}
  </dl>`;
}
