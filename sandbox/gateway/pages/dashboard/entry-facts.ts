import type { View } from './dashboard-view.js';
import type { Entry } from '../../orders/entry.js';
import { formatMoney, formatTime } from '../format.js';
import { html, type Html } from '../../http/html.js';
import { ORDER_PAGE_TEXTS } from './texts/order-page-texts.js';
import { visibleHtml } from './visible-html.js';

/** Members that are shown elsewhere, or that would give access to the payer's page. */
const NOT_LISTED: ReadonlySet<string> = new Set(['request', 'history', 'cashierToken']);
const TIMES: ReadonlySet<string> = new Set(['createdAt', 'expiresAt', 'successTime', 'registerTime', 'reqTime']);

/** The stored data of an order or transfer, and the merchant's parameters, side by side. */
export function entryFacts(entry: Entry, view: View): Html {
  const texts = ORDER_PAGE_TEXTS[view.language];
  return html`<div class="columns">
    <section class="card panel">
      <h2>${texts.kept}</h2>
      ${factList(entry, entry.of, view)}
    </section>
    <section class="card panel">
      <h2>${texts.received}</h2>
      ${factList(entry, entry.of.request, view)}
    </section>
  </div>`;
}

function factList(entry: Entry, facts: object, view: View): Html {
  const listed = Object.entries(facts).filter(([name, value]) => !NOT_LISTED.has(name) && value !== undefined);
  return html`<dl class="params">
    ${listed.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd class="breakable">${factValue(entry, name, value, view)}</dd>
        </div>`,
    )}
  </dl>`;
}

function factValue(entry: Entry, name: string, value: unknown, { language }: View): Html {
  const text = visibleHtml(String(value));
  if (name === 'amount') {
    return html`${text} <span class="muted">${formatMoney(Number(value), entry.of.currency, language).whole}</span>`;
  }
  const time = Number(value);
  if (TIMES.has(name) && time > 0 && time <= 8.64e15) {
    return html`${text} <span class="muted">${formatTime(time, language)}</span>`;
  }
  return text;
}
