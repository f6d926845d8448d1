import { CURRENCY, type Product } from '../catalogue/products.js';
import { DEMO_CUSTOMER } from '../orders/demo-customer.js';
import { html, type Html } from '../pages/html.js';
import { layout } from '../pages/layout.js';
import { date, price } from '../pages/written.js';
import type { Texts } from '../texts/texts.js';
import { FIELDS, type Field, type FormFaults, type FormValues } from './checkout-form.js';

interface CheckoutView {
  product: Product;
  checkoutKey: string;
  values: FormValues;
  faults?: FormFaults;
}

/** What a browser may fill in for the customer, and which keyboard a phone shows. */
const INPUTS: Readonly<Record<Field, Html>> = {
  userName: html`autocomplete="name" required`,
  mbrTel: html`type="tel" autocomplete="tel" required`,
  idNo: html`autocomplete="off" autocapitalize="characters"`,
};

export function checkoutPage(texts: Texts, { product, checkoutKey, values, faults = {} }: CheckoutView): string {
  const { checkout, language } = texts;
  const amount = price(product.amount, CURRENCY, language);
  const content = html`
    <h1>${checkout.title}</h1>
    ${summary(faults, texts)}
    <div class="bought">
      <img src="/assets/products/${product.id}.svg" alt="" width="120" height="90" />
      <p>${texts.products[product.id].name}</p>
      <p class="price">${amount}</p>
    </div>
    <form method="post" action="/checkout/${product.id}/order" novalidate>
      <input type="hidden" name="checkoutKey" value="${checkoutKey}" />
      <p>${checkout.lead}</p>
      ${FIELDS.map((field) => input(field, values[field], faults[field], texts))}
      <p class="aside">${checkout.customer(DEMO_CUSTOMER.custNo, date(DEMO_CUSTOMER.registerTime, language))}</p>
      <button>${checkout.pay(amount)}</button>
      <p class="aside">${checkout.next}</p>
    </form>
  `;
  const title = Object.keys(faults).length > 0 ? `${checkout.errorTitle}: ${checkout.title}` : checkout.title;
  return layout(texts, { title, content });
}

/** What is wrong, in one place, with links to the fields. It takes the focus, so that nobody misses it. */
function summary(faults: FormFaults, { checkout }: Texts): Html | undefined {
  const wrong = FIELDS.flatMap((field) => (faults[field] ? [{ field, fault: faults[field] }] : []));
  if (wrong.length === 0) return undefined;
  return html`<div class="errors" role="alert" aria-labelledby="errors" tabindex="-1" autofocus>
    <h2 id="errors">${checkout.errors(wrong.length)}</h2>
    <ul>
      ${wrong.map(({ field, fault }) => html`<li><a href="#${field}">${checkout.faults[fault]}</a></li>`)}
    </ul>
  </div>`;
}

function input(field: Field, value: string, fault: FormFaults[Field], { checkout }: Texts): Html {
  const { label, hint } = checkout.fields[field];
  const optional = field === 'idNo' ? html` <span class="aside">(${checkout.optional})</span>` : undefined;
  const error = fault && html`<p class="error" id="${field}-error">${checkout.faults[fault]}</p>`;
  const invalid = fault && html`aria-invalid="true"`;
  return html`<div class="field">
    <label for="${field}">${label}${optional}</label>
    <p class="aside" id="${field}-hint">${hint}</p>
    ${error}
    <input
      id="${field}"
      name="${field}"
      value="${value}"
      ${INPUTS[field]}
      aria-describedby="${field}-hint${fault ? ` ${field}-error` : ''}"
      ${invalid}
    />
  </div>`;
}
