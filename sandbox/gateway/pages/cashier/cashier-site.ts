import { type CashierPage, cashierResponse, noticePage } from './cashier-frame.js';
import { codeImageResponse } from './code-image.js';
import { endedPage } from './ended-page.js';
import { html } from '../../http/html.js';
import type { HttpResponse, SandboxRequest, SentResponse, Site } from '../../http/http-server.js';
import { chooseLanguage, type Language } from '../language.js';
import { CASHIER_MESSAGES } from './messages.js';
import { appendQuery } from '../../notify/notify-message.js';
import type { SandboxClock } from '../../clock/sandbox-clock.js';
import type { ResolvedSandboxOptions, SandboxMerchant } from '../../options.js';
import type { Desks } from '../../orders/desks.js';
import { merchantOf } from '../../orders/entry.js';
import { orderPage } from './order-page.js';
import { viewOf } from './order-view.js';
import { cashierUrl } from '../../orders/pay-data.js';
import { type PayLink, payLinkOf } from './pay-link.js';
import { offeredMethods } from './pay-methods.js';
import type { SandboxOrder } from '../../orders/sandbox-order.js';

export interface CashierSources {
  readonly desks: Desks;
  readonly options: ResolvedSandboxOptions;
  readonly clock: SandboxClock;
}

/**
 * The payer's side:
 *
 * - `GET /cashier?payOrderToken=…` shows the order, in the browser's language
 * - `POST /cashier/:token/pay`, `/fail`, `/expire` and `/pay-late` end it and redirect to that page
 * - `GET /cashier/:token/return` redirects to the order's returnUrl with the signed fields, once the order has ended
 * - `GET /cashier/:token/events` streams each change, `GET /cashier/:token/code.svg` is the QR code
 *
 * The token authorises a browser for these requests; it gives no access to the controls. Other sites may only link to
 * the page and show its image.
 *
 * Source: protocol §4, returnUrl.
 */
export class CashierSite implements Site {
  readonly access = 'cashier';

  constructor(private readonly sources: CashierSources) {}

  serves(path: string): boolean {
    return path === '/cashier' || path.startsWith('/cashier/');
  }

  respond(request: SandboxRequest): HttpResponse {
    const language = chooseLanguage(request.headers['accept-language']);
    const texts = CASHIER_MESSAGES[language];
    const [, , tokenInPath, action, ...rest] = request.path.split('/');
    const order = this.orders.byCashierToken(tokenInPath ?? request.query.get('payOrderToken') ?? '');
    if (!order || rest.length > 0) {
      return this.page(noticePage(404, texts.unknownTitle, texts.unknownText), language);
    }
    return (
      this.route(request, order, tokenInPath === undefined ? 'show' : action, language) ??
      this.page(noticePage(405, texts.nothingHereTitle, texts.nothingHereText, backTo(order, language)), language)
    );
  }

  private page(page: CashierPage, language: Language): SentResponse {
    return cashierResponse(page, language, this.sources.options.dialect);
  }

  private get orders(): Desks['orders'] {
    return this.sources.desks.orders;
  }

  private merchantOf(order: SandboxOrder): SandboxMerchant | undefined {
    return merchantOf(this.sources.options.merchants, order);
  }

  /** @returns undefined if there is no such action, or not with this method */
  private route(
    request: SandboxRequest,
    order: SandboxOrder,
    action: string | undefined,
    language: Language,
  ): HttpResponse | undefined {
    switch (`${request.method === 'HEAD' ? 'GET' : request.method} ${action}`) {
      case 'GET show':
        return this.page(this.pageOf(order, request, language), language);
      case 'GET events':
        return this.orders.events(order);
      case 'GET code.svg':
        return codeImageResponse(this.linkOf(order, request).url);
      case 'GET return':
        return this.leadBack(order);
      case 'POST pay':
        return this.pay(order, request, language);
      case 'POST fail':
        return this.whileOpen(order, () => this.orders.fail(order, 'payer'));
      case 'POST expire':
        return this.whileOpen(order, () => this.orders.expire(order));
      case 'POST pay-late':
        return this.payLate(order);
      default:
        return undefined;
    }
  }

  private pageOf(order: SandboxOrder, request: SandboxRequest, language: Language): CashierPage {
    const merchant = this.merchantOf(order);
    const merchantName = merchant?.name ?? order.mchNo;
    const view = viewOf(order);
    if (view !== 'open') return endedPage(order, view, merchantName, this.returnUrlOf(order) !== undefined, language);
    const offered = offeredMethods(order, merchant, CASHIER_MESSAGES[language], isPhone(request));
    return orderPage(
      { order, merchantName, offered, link: this.linkOf(order, request), now: this.sources.clock.now() },
      language,
    );
  }

  private pay(order: SandboxOrder, request: SandboxRequest, language: Language): SentResponse {
    const chosen = new URLSearchParams(request.body).get('wayCode');
    if (chosen !== null) {
      const texts = CASHIER_MESSAGES[language];
      const { methods } = offeredMethods(order, this.merchantOf(order), texts, false);
      if (!methods.some(({ wayCode }) => wayCode === chosen)) {
        const notice = noticePage(400, texts.unknownMethodTitle, texts.unknownMethodText, backTo(order, language));
        return this.page(notice, language);
      }
    }
    return this.whileOpen(order, () => this.orders.pay(order, 'payer', chosen ?? undefined));
  }

  /** A second click, or one after the end, changes nothing and shows the current state of the order. */
  private whileOpen(order: SandboxOrder, deed: () => void): SentResponse {
    if (viewOf(order) === 'open') deed();
    return seeOther(cashierUrl('', order.cashierToken));
  }

  private payLate(order: SandboxOrder): SentResponse {
    const view = viewOf(order);
    if (view === 'failed' || view === 'closed' || view === 'expired') this.orders.payAfterClose(order);
    return seeOther(cashierUrl('', order.cashierToken));
  }

  /** Never before the order has ended: signed fields of an open order could be turned into a notify. */
  private leadBack(order: SandboxOrder): SentResponse {
    const location = viewOf(order) === 'open' ? undefined : this.returnUrlOf(order);
    return seeOther(location ?? cashierUrl('', order.cashierToken));
  }

  /** The fields are appended as in a notify; undefined if there is no returnUrl. */
  private returnUrlOf(order: SandboxOrder): string | undefined {
    const url = appendQuery(order.returnUrl ?? '', this.sources.desks.announcer.fieldsOf({ kind: 'order', of: order }));
    return order.returnUrl && URL.canParse(url) ? new URL(url).href : undefined;
  }

  private linkOf(order: SandboxOrder, request: SandboxRequest): PayLink {
    const { host } = this.sources.options;
    return payLinkOf(order, this.orders.baseUrl, host === '0.0.0.0' || host === '::', request.headers.host);
  }
}

function backTo(order: SandboxOrder, language: Language): ReturnType<typeof html> {
  return html`<a class="button" href="${cashierUrl('', order.cashierToken)}"
    >${CASHIER_MESSAGES[language].backToOrder}</a
  >`;
}

function seeOther(location: string): SentResponse {
  return {
    status: 303,
    headers: { Location: location, 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store' },
    body: '',
  };
}

function isPhone({ headers }: SandboxRequest): boolean {
  return headers['sec-ch-ua-mobile'] === '?1' || /\bMobile\b|Android|iPhone/.test(headers['user-agent'] ?? '');
}
