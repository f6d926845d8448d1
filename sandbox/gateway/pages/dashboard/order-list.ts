import { DIALECTS } from '../../dialects/dialects.js';
import { quickButtons } from './control-buttons.js';
import type { View } from './dashboard-view.js';
import { deliveriesOf } from './deliveries.js';
import { emptyState } from './empty-state.js';
import { entryUrl, gatewayIdOf, shownAmount } from './entry-view.js';
import { type Entry, merchantOf, numberOf } from '../../orders/entry.js';
import { formatMoney } from '../format.js';
import { html, type Html } from '../../http/html.js';
import { ageOf, notifyBadge } from './notify-badge.js';
import { standingOf } from './notify-standing.js';
import {
  type FilteredEntry,
  matchesFilter,
  MOST_ROWS,
  type OrderFilter,
  ROWS_AT_FIRST,
  writeFilter,
} from './order-filter.js';
import { ORDER_STATE, REFUND_STATE, TRANSFER_STATE } from '../../orders/order-state.js';
import { stateBadge } from './state-badge.js';
import { ENTRY_TEXTS, type EntryTexts } from './texts/entry-texts.js';

/** The list of orders and transfers, newest first, with its filter; instructions if there are none. */
export function orderList(view: View, filter: OrderFilter): Html {
  const texts = ENTRY_TEXTS[view.language];
  const all = entriesOf(view);
  const fitting = all.filter((entry) => matchesFilter(filteredEntry(entry), filter));
  const shown = fitting.slice(0, filter.limit);
  return html`<h1 class="visually-hidden">${texts.listTitle}</h1>
    <div id="entries" data-refresh>
      ${
        all.length === 0
          ? emptyState(view)
          : html`<p class="list__count muted" id="count" role="status">${texts.shown(shown.length, all.length)}</p>
              ${shown.length === 0 ? html`<p class="card nothing">${texts.nothingFits}</p>` : table(shown, view, texts)}
              ${fitting.length > shown.length && filter.limit < MOST_ROWS && moreLink(filter, texts)}`
      }
    </div>`;
}

/** The form above the list. Without a script, its button submits it. */
export function filterForm(view: View, filter: OrderFilter): Html {
  const texts = ENTRY_TEXTS[view.language];
  const merchants = [...new Map(view.options.merchants.map(({ mchNo, name }) => [mchNo, name])).entries()];
  const hasRefunds = DIALECTS[view.options.dialect].endpoints.refundOrder !== undefined;
  const option = (value: string, label: string, selected: string): Html =>
    html`<option value="${value}" ${value === selected && html`selected`}>${label}</option>`;
  return html`<form class="filter" id="filter" method="get" action="/" role="search">
    <label class="filter__field filter__field--wide"
      ><span class="visually-hidden">${texts.search}</span>
      <input type="search" name="text" value="${filter.text}" placeholder="${texts.searchHint}" autocomplete="off"
    /></label>
    <label class="filter__field"
      ><span class="visually-hidden">${texts.kind}</span>
      <select name="kind">
        ${option('', texts.anyKind, filter.kind)} ${option('order', texts.orders, filter.kind)}
        ${option('transfer', texts.transfers, filter.kind)}
        ${hasRefunds && option('refund', texts.refunds, filter.kind)}
      </select></label
    >
    <label class="filter__field"
      ><span class="visually-hidden">${texts.state}</span>
      <select name="state">
        ${option('', texts.anyState, filter.state)}
        <optgroup label="${texts.orders}">
          ${Object.values(ORDER_STATE).map((state) =>
            option(`order:${state}`, `${state} ${texts.orderStates[state]}`, filter.state),
          )}
        </optgroup>
        <optgroup label="${texts.transfers}">
          ${Object.values(TRANSFER_STATE).map((state) =>
            option(`transfer:${state}`, `${state} ${texts.transferStates[state]}`, filter.state),
          )}
        </optgroup>
        ${
          hasRefunds &&
          html`<optgroup label="${texts.refunds}">
            ${Object.values(REFUND_STATE).map((state) =>
              option(`refund:${state}`, `${state} ${texts.transferStates[state]}`, filter.state),
            )}
          </optgroup>`
        }
      </select></label
    >
    ${
      merchants.length > 1 &&
      html`<label class="filter__field"
        ><span class="visually-hidden">${texts.merchant}</span>
        <select name="mchNo">
          ${option('', texts.anyMerchant, filter.mchNo)}
          ${merchants.map(([mchNo, name]) => option(mchNo, name ?? mchNo, filter.mchNo))}
        </select></label
      >`
    }
    <button class="button filter__send">${texts.filter}</button>
  </form>`;
}

function table(shown: readonly Entry[], view: View, texts: EntryTexts): Html {
  // A table displayed as cards on a phone loses its roles unless they are explicit.
  return html`<div class="card list">
    <table class="list__table" role="table">
      <thead role="rowgroup">
        <tr role="row">
          ${[texts.number, texts.amount, texts.state, texts.notify, texts.merchant, texts.created].map(
            (name) => html`<th role="columnheader" scope="col">${name}</th>`,
          )}
          <th role="columnheader" scope="col"><span class="visually-hidden">${texts.controlsTitle}</span></th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${shown.map((entry) => row(entry, view, texts))}
      </tbody>
    </table>
  </div>`;
}

function row(entry: Entry, view: View, texts: EntryTexts): Html {
  const { kind, of } = entry;
  const number = numberOf(entry);
  const deliveries = deliveriesOf(view.journal.of(kind, of.mchNo, number), view.options, view.now);
  const merchant = merchantOf(view.options.merchants, of);
  return html`<tr role="row" id="row-${gatewayIdOf(entry)}">
    <th role="rowheader" scope="row" class="list__number">
      <a class="breakable" href="${entryUrl(kind, of.mchNo, number)}">${number}</a>
      <small class="muted breakable">${texts[kind]} · ${gatewayIdOf(entry)}</small>
    </th>
    <td role="cell" class="list__amount number">
      ${formatMoney(shownAmount(entry), of.currency, view.language).whole}
    </td>
    <td role="cell" class="list__state">${stateBadge(kind, of.state, texts)}</td>
    <td role="cell" class="list__notify">
      ${notifyBadge(standingOf(of.notifyUrl, deliveries), texts, view.language, view.now)}
    </td>
    <td role="cell" class="list__merchant">
      <span class="breakable">${merchant?.name ?? of.mchNo}</span>
      ${merchant?.name !== undefined && html`<small class="muted breakable">${of.mchNo}</small>`}
    </td>
    <td role="cell" class="list__age muted number">${ageOf(of.createdAt, view.now, view.language)}</td>
    <td role="cell" class="list__controls"><div class="controls">${quickButtons(entry, texts)}</div></td>
  </tr>`;
}

function moreLink(filter: OrderFilter, texts: EntryTexts): Html {
  const more = { ...filter, limit: Math.min(MOST_ROWS, filter.limit + ROWS_AT_FIRST) };
  return html`<p class="list__more"><a class="button" href="/?${writeFilter(more)}">${texts.showMore}</a></p>`;
}

/** Newest first; for the same millisecond, the later one first. */
function entriesOf({ desks: { orders, transfers, refunds } }: View): Entry[] {
  const entries: Entry[] = [
    ...orders.ledger.all().map((of): Entry => ({ kind: 'order', of })),
    ...transfers.ledger.all().map((of): Entry => ({ kind: 'transfer', of })),
    ...refunds.ledger.all().map((of): Entry => ({ kind: 'refund', of })),
  ];
  return entries.toReversed().toSorted((a, b) => b.of.createdAt - a.of.createdAt);
}

function filteredEntry(entry: Entry): FilteredEntry {
  const { kind, of } = entry;
  const { mchNo, mchOrderNo, state, extParam } = of;
  return { kind, mchNo, state, texts: [mchOrderNo, gatewayIdOf(entry), extParam, ...ownTexts(entry)] };
}

function ownTexts(entry: Entry): (string | undefined)[] {
  if (entry.kind === 'order') return [entry.of.subject, entry.of.channelOrderNo];
  return [entry.kind === 'transfer' ? entry.of.accountNo : entry.of.mchRefundNo];
}
