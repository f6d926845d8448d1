import type { ShopOrder } from '../books/shop-order.entity.js';
import { findProduct } from '../catalogue/products.js';
import { html, type Html } from '../pages/html.js';
import { layout } from '../pages/layout.js';
import { dateAndTime, price } from '../pages/written.js';
import type { Texts } from '../texts/texts.js';
import type { OrdersPage } from './merchant-orders.service.js';

interface MerchantView {
  page: OrdersPage;
  isNewest: boolean;
  /** The order that the gateway was asked about, and its answer, as a browser says: shown only if they make sense. */
  asked: unknown;
  response: unknown;
}

export function merchantPage(texts: Texts, { page, isNewest, asked, response }: MerchantView): string {
  const { merchant } = texts;
  const olderThan = page.olderThan?.toString();
  const content = html`
    <h1>${merchant.title}</h1>
    <p>${merchant.lead}</p>
    ${answered(asked, response, texts)}
    ${page.orders.length === 0 ? html`<p>${merchant.none}</p>` : table(page.orders, texts)}
    <nav aria-label="${merchant.pages}">
      ${isNewest ? undefined : html`<a href="/merchant/orders">${merchant.newest}</a>`}
      ${olderThan && html`<a href="/merchant/orders?before=${olderThan}">${merchant.older}</a>`}
    </nav>
  `;
  return layout(texts, { title: merchant.title, content, isWide: true });
}

function answered(asked: unknown, response: unknown, { merchant }: Texts): Html | undefined {
  if (typeof asked !== 'string' || typeof response !== 'string' || !Object.hasOwn(merchant.asked, response))
    return undefined;
  const words = merchant.asked[response as keyof typeof merchant.asked];
  return html`<p class="notice" role="status"><code>${asked}</code> ${words}</p>`;
}

/** The roles are those of a table anyway; they keep it one where a narrow screen shows its rows as cards. */
function table(orders: ShopOrder[], texts: Texts): Html {
  const { merchant } = texts;
  const heads = [merchant.time, texts.order, texts.product, texts.amount, merchant.state];
  return html`<table role="table">
    <thead role="rowgroup">
      <tr role="row">
        ${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
        <th role="columnheader" scope="col"><span class="unseen">${merchant.ask}</span></th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${orders.map((order) => row(order, texts))}
    </tbody>
  </table>`;
}

function row(order: ShopOrder, texts: Texts): Html {
  const { merchant, language } = texts;
  const product = findProduct(order.productId);
  return html`<tr role="row" data-order="${order.mchOrderNo ?? ''}">
    <td role="cell" data-head="${merchant.time}">${dateAndTime(order.createdAt, language)}</td>
    <td role="cell" data-head="${texts.order}"><code>${order.mchOrderNo ?? '–'}</code></td>
    <td role="cell" data-head="${texts.product}">${product ? texts.products[product.id].name : order.productId}</td>
    <td role="cell" data-head="${texts.amount}" class="price">${price(order.amount, order.currency, language)}</td>
    <td role="cell" data-head="${merchant.state}">
      <span class="state ${order.state}">${merchant.states[order.state]}</span>
      ${marks(order, texts)}
      ${order.paidAt ? html`<p class="aside">${texts.result.paidAt(dateAndTime(order.paidAt, language))}</p>` : undefined}
      ${order.mismatch ? html`<p class="state odd">${merchant.mismatch}: <span lang="en">${order.mismatch}</span></p>` : undefined}
    </td>
    <td role="cell">${order.mchOrderNo === null ? undefined : askButton(order.mchOrderNo, texts)}</td>
  </tr>`;
}

function askButton(mchOrderNo: string, { merchant }: Texts): Html {
  return html`<form method="post" action="/merchant/orders/${mchOrderNo}/ask">
    <button class="small" aria-label="${merchant.askAbout(mchOrderNo)}">${merchant.ask}</button>
  </form>`;
}

function marks({ state, late, trouble, cashierUrl }: ShopOrder, { merchant }: Texts): Html[] {
  const words = [
    ...(late ? [merchant.late] : []),
    ...(state === 'new' && cashierUrl === null && trouble ? [merchant.troubles[trouble]] : []),
  ];
  return words.map((word) => html`<span class="state odd">${word}</span>`);
}
