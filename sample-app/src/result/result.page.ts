import type { ShopOrder } from '../books/shop-order.entity.js';
import { findProduct } from '../catalogue/products.js';
import { html, type Html } from '../pages/html.js';
import { layout } from '../pages/layout.js';
import { clock, dateAndTime, price } from '../pages/written.js';
import type { Texts } from '../texts/texts.js';
import { isOver, resultKind, type ResultKind } from './result-kind.js';

/** How often a browser without JavaScript asks again. */
const REFRESH_SECONDS = 5;

export function resultPage(texts: Texts, order: ShopOrder): string {
  const kind = resultKind(order);
  const reload = html`<noscript><meta http-equiv="refresh" content="${String(REFRESH_SECONDS)}" /></noscript>`;
  const script = html`<script type="module" src="/assets/result.js"></script>`;
  const events = html`data-events="/result/${order.viewToken}/events"`;
  const content = html`
    <div id="result" role="status" data-kind="${kind}" ${isOver(kind) ? undefined : events}>
      ${resultNews(texts, order)}
    </div>
    ${bought(texts, order)}
    <p><a href="/">${texts.toShop}</a></p>
  `;
  return layout(texts, {
    title: texts.result[kind].title,
    content,
    head: isOver(kind) ? script : html`${reload}${script}`,
  });
}

/** The part of the page that changes by itself. */
export function resultNews(texts: Texts, order: ShopOrder): Html {
  const { result, language } = texts;
  const kind = resultKind(order);
  const { title, text } = result[kind];
  const paidAt = order.paidAt && html`<p>${result.paidAt(dateAndTime(order.paidAt, language))}</p>`;
  return html`
    <img class="mark" src="/assets/marks/${MARKS[kind]}.svg" alt="" width="96" height="96" />
    <h1>${title}</h1>
    <p>${text}</p>
    ${paidAt ?? undefined} ${nextStep(kind, texts, order)}
  `;
}

const MARKS: Readonly<Record<ResultKind, 'waiting' | 'paid' | 'trouble' | 'ended'>> = {
  opening: 'waiting',
  waiting: 'waiting',
  unreachable: 'trouble',
  refused: 'trouble',
  unknown: 'trouble',
  paid: 'paid',
  late: 'paid',
  failed: 'ended',
  closed: 'ended',
};

/** What the customer can do now. */
function nextStep(kind: ResultKind, texts: Texts, order: ShopOrder): Html | undefined {
  const { result, language } = texts;
  switch (kind) {
    case 'waiting': {
      const until = order.expiresAt && html`<p class="aside">${result.until(clock(order.expiresAt, language))}</p>`;
      return html`<p><a class="button" href="${order.cashierUrl ?? ''}">${result.toCashier}</a></p>
        ${until ?? undefined}`;
    }
    case 'opening':
    case 'unreachable':
    case 'refused':
    case 'unknown':
      return html`<form method="post" action="/result/${order.viewToken}/pay">
        <button>${kind === 'opening' ? result.toCashier : result.again}</button>
      </form>`;
    case 'failed':
    case 'closed':
      return html`<p><a class="button" href="/checkout/${order.productId}">${result.buyAgain}</a></p>`;
    case 'paid':
    case 'late':
      return undefined;
  }
}

function bought(texts: Texts, { mchOrderNo, productId, amount, currency }: ShopOrder): Html {
  const product = findProduct(productId);
  return html`<dl class="facts">
      <div>
        <dt>${texts.product}</dt>
        <dd>${product ? texts.products[product.id].name : productId}</dd>
      </div>
      <div>
        <dt>${texts.amount}</dt>
        <dd>${price(amount, currency, texts.language)}</dd>
      </div>
      <div>
        <dt>${texts.order}</dt>
        <dd><code>${mchOrderNo}</code></dd>
      </div>
    </dl>
    <p class="aside">${texts.result.keepAddress}</p>`;
}
