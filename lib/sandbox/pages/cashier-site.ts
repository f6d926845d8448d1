import { html, type Html } from '../http/html.js';
import { formatMoney } from './format.js';
import { pageAnswer } from './page-document.js';
import type { SandboxRequest, SentAnswer, Site } from '../http/http-server.js';
import { appendQuery } from '../notify/notify-message.js';
import { orderNotifyFields } from '../orders/order-data.js';
import type { OrderDesk } from '../orders/order-desk.js';
import { isFinal, type OrderStateNumber } from '../orders/order-state.js';
import { cashierUrl } from '../orders/pay-data.js';
import type { SandboxOrder } from '../orders/sandbox-order.js';

const STATE_WORDS: Readonly<Record<OrderStateNumber, string>> = {
  0: 'Waiting for payment',
  1: 'Waiting for payment',
  2: 'Paid',
  3: 'Payment failed',
  4: 'Cancelled',
  5: 'Refunded',
  6: 'Closed',
};

/**
 * The payer's side: `GET /cashier?payOrderToken=…` shows the order, its buttons post to `/cashier/:token/pay` and
 * `/fail`, which go on to the order's returnUrl with the signed fields. The token is what lets a browser do this; the
 * controls are closed to it.
 *
 * Source: protocol §4, returnUrl.
 */
export class CashierSite implements Site {
  private readonly desk: OrderDesk;

  constructor(desk: OrderDesk) {
    this.desk = desk;
  }

  serves(path: string): boolean {
    return path === '/cashier' || path.startsWith('/cashier/');
  }

  answer(request: SandboxRequest): SentAnswer {
    const [, , tokenInPath, action, ...rest] = request.path.split('/');
    const order = this.desk.orderByToken(tokenInPath ?? request.query.get('payOrderToken') ?? '');
    if (!order || rest.length > 0) return page(404, 'No such order', html`<p>This payment link is not known here.</p>`);
    if (request.method === 'GET' && tokenInPath === undefined) return page(200, 'Cashier', this.orderView(order));
    if (request.method === 'GET' && action === 'code.svg') return codeImage(order);
    if (request.method === 'POST' && (action === 'pay' || action === 'fail')) return this.end(order, action);
    return page(405, 'Cashier', html`<p>There is nothing here to open.</p>`);
  }

  private end(order: SandboxOrder, action: 'pay' | 'fail'): SentAnswer {
    // A second click, or one after expiry, changes nothing and shows what the order has come to.
    if (!isFinal(order.state)) this.desk[action](order, 'payer');
    const location = this.returnLocation(order) ?? cashierUrl('', order.cashierToken);
    return { status: 303, headers: { Location: location, 'Cache-Control': 'no-store' }, body: '' };
  }

  /** The fields are appended as in a notify; undefined when there is no returnUrl to go to. */
  private returnLocation(order: SandboxOrder): string | undefined {
    const url = appendQuery(order.returnUrl ?? '', orderNotifyFields(order, this.desk.secretOf(order)));
    return order.returnUrl && URL.canParse(url) ? new URL(url).href : undefined;
  }

  private orderView(order: SandboxOrder): Html {
    const merchant = this.desk.merchantOf(order);
    const button = (action: string, label: string): Html =>
      html`<form method="post" action="/cashier/${order.cashierToken}/${action}">
        <button class="button">${label}</button>
      </form>`;
    return html`
      <p>${merchant?.name ?? order.mchNo}</p>
      <p><strong>${formatMoney(order.amount, order.currency, 'en').whole}</strong></p>
      <p>${order.subject} · ${order.mchOrderNo}</p>
      <p>${STATE_WORDS[order.state]}</p>
      ${isFinal(order.state) ? [] : [button('pay', 'Pay'), button('fail', 'Fail the payment')]}
    `;
  }
}

function page(status: number, title: string, content: Html): SentAnswer {
  return pageAnswer({
    status,
    language: 'en',
    title: `${title} – Pass2Pay sandbox`,
    body: html`<h1>${title}</h1>
      ${content}`,
  });
}

/** Stands where the gateway shows a QR code: a picture of the link as text. */
function codeImage(order: SandboxOrder): SentAnswer {
  return {
    status: 200,
    headers: { 'Content-Type': 'image/svg+xml', 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' },
    body: html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 40">
      <text x="8" y="24" font-size="12">Sandbox: pay ${order.mchOrderNo} at its cashier page</text>
    </svg>`.text,
  };
}
