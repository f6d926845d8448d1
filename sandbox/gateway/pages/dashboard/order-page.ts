import { attemptTable } from './attempt-table.js';
import { controlButtons } from './control-buttons.js';
import type { EntryKind } from '../../dialects/dialect.js';
import type { View } from './dashboard-view.js';
import { deliveriesOf } from './deliveries.js';
import { entryFacts } from './entry-facts.js';
import { entryUrl, gatewayIdOf, shownAmount } from './entry-view.js';
import { type Entry, merchantOf, numberOf } from '../../orders/entry.js';
import { eventsOf, eventTable } from './event-table.js';
import { formatMoney } from '../format.js';
import { html, type Html } from '../../http/html.js';
import { icon } from './icons.js';
import { ageOf, notifyBadge } from './notify-badge.js';
import { standingOf } from './notify-standing.js';
import { cashierUrl } from '../../orders/pay-data.js';
import { stateBadge } from './state-badge.js';
import { ENTRY_TEXTS } from './texts/entry-texts.js';
import { FRAME_TEXTS } from './texts/frame-texts.js';
import { ORDER_PAGE_TEXTS } from './texts/order-page-texts.js';
import { timelineFigure } from './timeline-figure.js';

/** The page of an order or transfer: its state, controls, events and messages. */
export function orderPage(entry: Entry, view: View): Html {
  const { kind, of } = entry;
  const journal = view.journal.of(kind, of.mchNo, numberOf(entry));
  const deliveries = deliveriesOf(journal, view.options, view.now);
  const events = eventsOf(kind, journal, view);
  const texts = ORDER_PAGE_TEXTS[view.language];
  return html`${heading(entry, view)}
    <div id="entry-controls" data-refresh>
      ${controlButtons(entry, deliveries.length > 0, ENTRY_TEXTS[view.language])}
    </div>
    <p class="control-error" id="control-error" role="alert"></p>
    <div id="entry-timeline" data-refresh>${timelineFigure(kind, events, deliveries, view)}</div>
    <section class="card panel">
      <h2>${texts.attempts}</h2>
      <div id="entry-attempts" data-refresh>
        ${
          deliveries.some(({ attempts }) => attempts.length > 0)
            ? attemptTable(kind, journal, deliveries, view)
            : html`<p class="muted">${of.notifyUrl ? texts.noAttempts : texts.noUrlHint}</p>`
        }
      </div>
    </section>
    <section class="card panel">
      <h2>${texts.events}</h2>
      <div id="entry-events" data-refresh>${eventTable(events, view)}</div>
    </section>
    <div id="entry-facts" data-refresh>${entryFacts(entry, view)}</div>`;
}

function heading(entry: Entry, view: View): Html {
  const { kind, of } = entry;
  const texts = ENTRY_TEXTS[view.language];
  const pageTexts = ORDER_PAGE_TEXTS[view.language];
  const merchant = merchantOf(view.options.merchants, of);
  const deliveries = deliveriesOf(view.journal.of(kind, of.mchNo, numberOf(entry)), view.options, view.now);
  return html`<p class="crumb"><a href="/">${icon('left')}${FRAME_TEXTS[view.language].backToEntries}</a></p>
    <div class="title">
      <div class="title__name">
        <p class="muted">${texts[kind]} · <span class="number">${gatewayIdOf(entry)}</span></p>
        <h1 class="breakable">${numberOf(entry)}</h1>
      </div>
      <p class="title__amount number">${formatMoney(shownAmount(entry), of.currency, view.language).whole}</p>
    </div>
    <div class="summary" id="entry-summary" data-refresh>
      <p>${stateBadge(kind, of.state, texts)}</p>
      <p>${texts.notify}: ${notifyBadge(standingOf(of.notifyUrl, deliveries), texts, view.language, view.now)}</p>
      <p>${texts.merchant}: <span class="breakable">${merchant?.name ?? of.mchNo}</span></p>
      <p>${texts.created}: ${ageOf(of.createdAt, view.now, view.language)}</p>
      ${relatedEntries(entry, view)}
      ${
        entry.kind === 'order' &&
        html`<p>
          <a href="${cashierUrl('', entry.of.cashierToken)}" target="_blank" rel="noopener"
            >${texts.openCashier} ${icon('link')}</a
          >
        </p>`
      }
      ${
        entry.kind === 'order' &&
        entry.of.state <= 1 &&
        html`<p>${pageTexts.expires}: ${ageOf(entry.of.expiresAt, view.now, view.language)}</p>`
      }
    </div>`;
}

/** The refunds of an order, or the order of a refund. */
function relatedEntries(entry: Entry, view: View): Html | undefined {
  const texts = ENTRY_TEXTS[view.language];
  const link = (kind: EntryKind, number: string): Html =>
    html`<p>${texts[kind]}: <a class="breakable" href="${entryUrl(kind, entry.of.mchNo, number)}">${number}</a></p>`;
  if (entry.kind === 'refund') return link('order', entry.of.mchOrderNo);
  if (entry.kind !== 'order') return undefined;
  return html`${view.desks.refunds.of(entry.of).map(({ mchRefundNo }) => link('refund', mchRefundNo))}`;
}
