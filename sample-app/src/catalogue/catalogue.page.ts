import { html, type Html } from '../pages/html.js';
import { layout } from '../pages/layout.js';
import { price } from '../pages/written.js';
import type { Texts } from '../texts/texts.js';
import { CATALOGUE, CURRENCY, type Product } from './products.js';

export function cataloguePage(texts: Texts): string {
  const content = html`
    <div class="welcome">
      <h1>${texts.shop}</h1>
      <p>${texts.motto}</p>
    </div>
    <ul class="catalogue">
      ${CATALOGUE.map((product) => offer(product, texts))}
    </ul>
  `;
  return layout(texts, { title: texts.motto, content, isWide: true });
}

function offer({ id, amount }: Product, texts: Texts): Html {
  const { name, about } = texts.products[id];
  return html`<li>
    <img src="/assets/products/${id}.svg" alt="" width="400" height="300" />
    <h2 id="${id}">${name}</h2>
    <p>${about}</p>
    <p class="offer">
      <span class="price">${price(amount, CURRENCY, texts.language)}</span>
      <a class="button" href="/checkout/${id}" id="buy-${id}" aria-labelledby="buy-${id} ${id}">${texts.buy}</a>
    </p>
  </li>`;
}
