import { bytesBlock, visibleHtml } from './visible-html.js';
import type { View } from './dashboard-view.js';
import { outcomeOf } from './deliveries.js';
import { clockText, durationText, isoText, offsetText } from './formats.js';
import { html, type Html } from '../../http/html.js';
import type { JournalEntry } from '../../journal/journal-entry.js';
import type { EntryKind } from '../../dialects/dialect.js';
import { stateName } from './state-badge.js';
import { ENTRY_TEXTS } from './texts/entry-texts.js';
import { ORDER_PAGE_TEXTS } from './texts/order-page-texts.js';
import { VERDICT_TEXTS } from './texts/verdict-texts.js';
import { outcomeMark } from './timeline/draw-timeline.js';
import type { Delivery } from './timeline/timeline-input.js';

type Attempted = Extract<JournalEntry, { type: 'notify-attempt' }>;

/** The notifier truncates longer responses. */
const KEPT_RESPONSE_BYTES = 2_048;

/** The content of the timeline as a table, with the sent and received bytes. */
export function attemptTable(
  kind: EntryKind,
  journal: readonly JournalEntry[],
  deliveries: readonly Delivery[],
  view: View,
): Html {
  const texts = ORDER_PAGE_TEXTS[view.language];
  const attempts = journal.filter((entry): entry is Attempted => entry.type === 'notify-attempt');
  return html`<div class="scroll" role="region" aria-label="${texts.attempts}" tabindex="0">
    <table class="table">
      <thead>
        <tr>
          ${[texts.attempt, texts.plannedAt, texts.startedAt, texts.took, texts.status, texts.verdict].map(
            (name) => html`<th scope="col">${name}</th>`,
          )}
        </tr>
      </thead>
      ${attempts.map((entry) => attemptRows(kind, entry, deliveries, view))}
    </table>
  </div>`;
}

function attemptRows(kind: EntryKind, entry: Attempted, deliveries: readonly Delivery[], view: View): Html {
  const { language } = view;
  const texts = ORDER_PAGE_TEXTS[language];
  const { attempt, delivery, slot } = entry;
  const planned = deliveries.find(({ number }) => number === delivery)?.planned.find((plan) => plan.slot === slot);
  const id = `attempt-${delivery}-${attempt.number}`;
  const outcome = outcomeOf(attempt);
  return html`<tbody id="${id}" class="attempt-rows">
    <tr>
      <th scope="row" class="number">
        ${deliveries.length > 1 && html`<small class="muted">${stateName(kind, attempt.state, ENTRY_TEXTS[language])}</small> `}
        ${attempt.number}
      </th>
      <td class="number">
        ${planned ? offsetText(planned.offsetMs) : html`<small class="muted">${texts.resend}</small>`}
      </td>
      <td class="number"><time datetime="${isoText(attempt.at)}">${clockText(attempt.at)}</time></td>
      <td class="number">${durationText(attempt.durationMs, language)}</td>
      <td class="number">${attempt.status ?? '–'}</td>
      <td>
        <span class="outcome">
          <svg class="mark mark--${outcome}" viewBox="-10 -10 20 20" width="20" height="20" aria-hidden="true">
            ${outcomeMark(outcome)}
          </svg>
          <span>
            <strong
              >${outcome === 'acknowledged' ? texts.outcomes.acknowledged : VERDICT_TEXTS[language][attempt.judgement.verdict]}</strong
            >
            ${attempt.posts > 1 && html`<span class="badge badge--neutral">${texts.posts(attempt.posts)}</span>`}
            ${attempt.fault !== undefined && html`<span class="badge badge--warning">${texts.fault}: ${attempt.fault}</span>`}
          </span>
        </span>
      </td>
    </tr>
    <tr>
      <td colspan="6" class="attempt-rows__more">
        <p class="muted" lang="en">${attempt.judgement.reason}</p>
        <details id="${id}-bytes">
          <summary>${texts.details}<span class="visually-hidden">: ${texts.attempt} ${attempt.number}</span></summary>
          <div class="bytes">
            <div>
              <h3>${texts.sent}</h3>
              ${bytesBlock(sentText(entry), texts.sent)}
              <h4>${texts.sentParams}</h4>
              ${paramList(entry)}
            </div>
            <div>
              <h3>${texts.answered}</h3>
              ${responseView(entry, view)}
            </div>
          </div>
        </details>
      </td>
    </tr>
  </tbody>`;
}

function responseView({ attempt }: Attempted, { language }: View): Html {
  const texts = ORDER_PAGE_TEXTS[language];
  if (attempt.response === undefined) {
    return html`<p>${texts.nothingAnswered} <span lang="en">${attempt.error}</span></p>`;
  }
  const isCut = Buffer.byteLength(attempt.response) >= KEPT_RESPONSE_BYTES;
  return html`<p class="number">HTTP ${attempt.status}</p>
    ${bytesBlock(visibleHtml(attempt.response), texts.answered)}
    ${isCut && html`<p class="muted">${texts.truncated}</p>`}`;
}

function paramsOf({ format, url, body }: Attempted['attempt']): [name: string, value: string][] {
  if (format !== 'json') return [...new URLSearchParams(body === '' ? (url.split('?', 2)[1] ?? '') : body)];
  const members = JSON.parse(body) as Record<string, string | number>;
  return Object.entries(members).map(([name, value]) => [name, String(value)]);
}

/** The request as it was sent. */
function sentText({ attempt }: Attempted): Html {
  const headers = Object.entries(attempt.headers).map(([name, value]) => `${name}: ${value}\n`);
  const body = attempt.body === '' ? [] : ['\n', visibleHtml(attempt.body)];
  return html`${['POST ', visibleHtml(attempt.url), '\n', ...headers, ...body]}`;
}

/** The parameters as a receiver reads them: from the form, the JSON or the query. */
function paramList({ attempt }: Attempted): Html {
  return html`<dl class="params">
    ${paramsOf(attempt).map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd class="breakable">${value}</dd>
        </div>`,
    )}
  </dl>`;
}
