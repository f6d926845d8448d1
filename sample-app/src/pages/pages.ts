import type { ShopOrder, ShopOrderState } from '../books/shop-order.entity.js';
import { CATALOGUE, CURRENCY, findProduct } from '../catalogue.js';
import { html } from './html.js';
import { page } from './layout.js';
import { price } from './price.js';

const REFRESH_SECONDS = 2;

const NEWS: Readonly<Record<ShopOrderState, readonly [title: string, text: string]>> = {
  new: ['Waiting for the payment', 'We will know in a moment; this page looks for itself.'],
  paid: ['Thank you!', 'Your payment has arrived.'],
  failed: ['The payment failed', 'Nothing was charged.'],
  closed: ['The order is closed', 'It was not paid in time.'],
};

export function cataloguePage(): string {
  const offers = CATALOGUE.map(
    ({ id, name, amount }) => html`
      <li>
        <span>${name}</span>
        <span>${price(amount, CURRENCY)}</span>
        <button name="product" value="${id}">Buy</button>
      </li>
    `,
  );
  return page(
    'The Tea House',
    html`<form method="post" action="/buy">
      <ul>
        ${offers}
      </ul>
    </form>`,
  );
}

export function orderPage({ mchOrderNo, productId, amount, currency, state }: ShopOrder): string {
  const [title, text] = NEWS[state];
  const content = html`
    <p>${text}</p>
    <ul>
      <li>
        <span>${findProduct(productId)?.name ?? productId}</span>
        <span>${price(amount, currency)}</span>
      </li>
    </ul>
    <p>Order <code>${mchOrderNo}</code>: <strong>${state}</strong></p>
    <p><a href="/">Back to the shop</a></p>
  `;
  return page(title, content, state === 'new' ? REFRESH_SECONDS : undefined);
}
