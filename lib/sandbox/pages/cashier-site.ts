import { escapeHtml } from './escape-html.js';
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
    if (!order || rest.length > 0) return page(404, 'No such order', '<p>This payment link is not known here.</p>');
    if (request.method === 'GET' && tokenInPath === undefined) return page(200, 'Cashier', this.orderView(order));
    if (request.method === 'GET' && action === 'code.svg') return codeImage(order);
    if (request.method === 'POST' && (action === 'pay' || action === 'fail')) return this.end(order, action);
    return page(405, 'Cashier', '<p>There is nothing here to open.</p>');
  }

  private end(order: SandboxOrder, action: 'pay' | 'fail'): SentAnswer {
    // A second click, or one after expiry, changes nothing and shows what the order has come to.
    if (!isFinal(order.state)) this.desk[action](order);
    const location = this.returnLocation(order) ?? cashierUrl('', order.cashierToken);
    return { status: 303, headers: { Location: location, 'Cache-Control': 'no-store' }, body: '' };
  }

  /** The fields are appended as in a notify; undefined when there is no returnUrl to go to. */
  private returnLocation(order: SandboxOrder): string | undefined {
    const url = appendQuery(order.returnUrl ?? '', orderNotifyFields(order, this.desk.secretOf(order)));
    return order.returnUrl && URL.canParse(url) ? new URL(url).href : undefined;
  }

  private orderView(order: SandboxOrder): string {
    const merchant = this.desk.merchantOf(order);
    const amount = `${(order.amount / 100).toFixed(2)} ${order.currency.toUpperCase()}`;
    const button = (action: string, label: string): string =>
      `<form method="post" action="/cashier/${order.cashierToken}/${action}"><button>${label}</button></form>`;
    return [
      `<p>${escapeHtml(merchant?.name ?? order.mchNo)}</p>`,
      `<p><strong>${escapeHtml(amount)}</strong></p>`,
      `<p>${escapeHtml(order.subject)} · ${escapeHtml(order.mchOrderNo)}</p>`,
      `<p>${STATE_WORDS[order.state]}</p>`,
      ...(isFinal(order.state) ? [] : [button('pay', 'Pay'), button('fail', 'Fail the payment')]),
    ].join('\n');
  }
}

function page(status: number, title: string, content: string): SentAnswer {
  return {
    status,
    headers: {
      'Content-Type': 'text/html;charset=UTF-8',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)} – Pass2Pay sandbox</title>
<h1>${escapeHtml(title)}</h1>
${content}
</html>
`,
  };
}

/** Stands where the gateway shows a QR code: a picture of the link as text. */
function codeImage(order: SandboxOrder): SentAnswer {
  return {
    status: 200,
    headers: { 'Content-Type': 'image/svg+xml', 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' },
    body:
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 40"><text x="8" y="24" font-size="12">' +
      `Sandbox: pay ${escapeHtml(order.mchOrderNo)} at its cashier page</text></svg>`,
  };
}
