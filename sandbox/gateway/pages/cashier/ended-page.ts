import type { CashierPage } from './cashier-frame.js';
import { formatMoney, formatTime } from '../format.js';
import { html, type Html } from '../../http/html.js';
import { END_ICONS, FLASK_ICON } from './icons.js';
import type { Language } from '../language.js';
import type { CashierMessages } from './cashier-messages.js';
import { CASHIER_MESSAGES } from './messages.js';
import { endedAt, type EndedView } from './order-view.js';
import type { SandboxOrder } from '../../orders/sandbox-order.js';

/** How long the page stays before it returns to the shop automatically, in s. */
const STAY_SECONDS = 6;

/** Final states in which the payer has nothing more to do here. */
const LEADS_BACK: ReadonlySet<EndedView> = new Set(['paid', 'failed', 'closed', 'expired']);

/** Final states in which the payer was charged. */
const CHARGED: ReadonlySet<EndedView> = new Set(['paid', 'refunded', 'late']);

const PAYABLE_LATE: ReadonlySet<EndedView> = new Set(['failed', 'closed', 'expired']);

/** The page of an order that has ended: its result, and the link back to the shop. */
export function endedPage(
  order: SandboxOrder,
  view: EndedView,
  merchant: string,
  returns: boolean,
  language: Language,
): CashierPage {
  const texts = CASHIER_MESSAGES[language];
  const amount = formatMoney(order.amount, order.currency, language).whole;
  const end = texts.ends[view];
  return {
    title: `${end.title} · ${merchant}`,
    main: html`
      <main
        class="cashier cashier--single"
        data-cashier="${view}"
        data-states="${order.state}"
        data-events="/cashier/${order.cashierToken}/events"
      >
        <div class="card ending ending--${view}">
          <span class="ending__icon">${END_ICONS[view]}</span>
          <h1 tabindex="-1">${end.title}</h1>
          <p class="price price--small ${CHARGED.has(view) ? undefined : 'price--open'} number" data-news>${amount}</p>
          <p class="ending__text" data-news>${end.text(merchant)}</p>
          ${details(order, view, texts, language)}
          ${returns ? wayBack(order, view, merchant, texts) : html`<p class="muted">${texts.closePage}</p>`}
        </div>
        ${PAYABLE_LATE.has(view) && lateForm(order, amount, texts)}
      </main>
    `,
  };
}

function details(order: SandboxOrder, view: EndedView, texts: CashierMessages, language: Language): Html {
  const rows: (readonly [name: string, value: string])[] = [
    [texts.item, order.subject],
    [texts.orderNumber, order.mchOrderNo],
    [texts.gatewayNumber, order.payOrderId],
  ];
  if (order.successTime !== undefined) rows.push([texts.paidAt, formatTime(order.successTime, language)]);
  if (view !== 'paid') rows.push([texts.endedAt, formatTime(endedAt(order), language)]);
  return html`
    <dl class="details">
      ${rows.map(
        ([name, value]) => html`
          <div>
            <dt>${name}</dt>
            <dd class="breakable number">${value}</dd>
          </div>
        `,
      )}
    </dl>
  `;
}

function wayBack(order: SandboxOrder, view: EndedView, merchant: string, texts: CashierMessages): Html {
  const [before, after] = texts.returning;
  return html`
    <a class="button button--primary button--wide" href="/cashier/${order.cashierToken}/return">
      ${texts.returnTo(merchant)}
    </a>
    ${
      LEADS_BACK.has(view) &&
      html`
        <div class="returning muted" data-return-in="${STAY_SECONDS}" hidden>
          <p>${before} <span class="number" data-seconds>${STAY_SECONDS}</span> ${after}</p>
          <button type="button" class="link-button">${texts.stay}</button>
        </div>
      `
    }
  `;
}

function lateForm(order: SandboxOrder, amount: string, texts: CashierMessages): Html {
  return html`
    <form class="sandbox" method="post" action="/cashier/${order.cashierToken}/pay-late">
      <h2 class="sandbox-mark">${FLASK_ICON} ${texts.sandbox}</h2>
      <p>${texts.payLateExplained}</p>
      <button class="button" data-working="${texts.working}">${texts.payLate(amount)}</button>
    </form>
  `;
}
