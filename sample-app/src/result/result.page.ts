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
  return html`
    <img class="mark" src="/assets/marks/${MARKS[kind]}.svg" alt="" width="96" height="96" />
    <h1>${title}</h1>
    <p>${text}</p>
    ${order.paidAt ? html`<p>${result.paidAt(dateAndTime(order.paidAt, language))}</p>` : undefined}
    ${NEXT_STEPS[kind]?.(texts, order)}
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
  refunded: 'ended',
};

/** What the customer can do now. */
const NEXT_STEPS: Readonly<Record<ResultKind, ((texts: Texts, order: ShopOrder) => Html) | undefined>> = {
  opening: ({ result }, order) => openButton(result.toCashier, order),
  waiting: cashierLink,
  unreachable: ({ result }, order) => openButton(result.again, order),
  refused: ({ result }, order) => openButton(result.again, order),
  unknown: ({ result }, order) => openButton(result.again, order),
  paid: undefined,
  late: undefined,
  failed: buyAgain,
  closed: buyAgain,
  refunded: buyAgain,
};

function cashierLink({ result, language }: Texts, { cashierUrl, expiresAt }: ShopOrder): Html {
  return html`
    <p><a class="button" href="${cashierUrl ?? ''}">${result.toCashier}</a></p>
    ${expiresAt ? html`<p class="aside">${result.until(clock(expiresAt, language))}</p>` : undefined}
  `;
}

function openButton(label: string, { viewToken }: ShopOrder): Html {
  return html`<form method="post" action="/result/${viewToken}/pay"><button>${label}</button></form>`;
}

function buyAgain({ result }: Texts, { productId }: ShopOrder): Html {
  return html`<p><a class="button" href="/checkout/${productId}">${result.buyAgain}</a></p>`;
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
        <dd><code>${mchOrderNo ?? '–'}</code></dd>
      </div>
    </dl>
    <p class="aside">${texts.result.keepAddress}</p>`;
}
