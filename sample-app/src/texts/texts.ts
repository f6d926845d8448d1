import type { ReconcileResult } from 'nestjs-pass2pay';
import type { ShopOrderState } from '../books/shop-order.entity.js';
import type { ProductId } from '../catalogue/products.js';
import type { Field, FieldFault } from '../checkout/checkout-form.js';
import type { ResultKind } from '../result/result-kind.js';
import type { Language } from './language.js';

/** A heading and what is to be said under it. */
interface Notice {
  title: string;
  text: string;
}

/** How asking the gateway about an order can end: the module's own words (the shop has no queue), and that the question failed. */
export type AskResult = Exclude<ReconcileResult, 'queued'> | 'failed';

/** All that the shop says. Each language has all of it, or the shop does not compile. */
export interface Texts {
  language: Language;
  shop: string;
  motto: string;
  /** What stands under every page. */
  sample: string;
  skip: string;
  toShop: string;
  products: Readonly<Record<ProductId, { name: string; about: string }>>;
  buy: string;
  order: string;
  amount: string;
  product: string;
  checkout: {
    title: string;
    lead: string;
    fields: Readonly<Record<Field, { label: string; hint: string }>>;
    optional: string;
    customer: (custNo: string, since: string) => string;
    errors: (count: number) => string;
    errorTitle: string;
    faults: Readonly<Record<FieldFault, string>>;
    pay: (price: string) => string;
    next: string;
  };
  result: Readonly<Record<ResultKind, Notice>> & {
    toCashier: string;
    again: string;
    until: (time: string) => string;
    paidAt: (time: string) => string;
    keepAddress: string;
    buyAgain: string;
  };
  merchant: {
    title: string;
    lead: string;
    none: string;
    time: string;
    state: string;
    states: Readonly<Record<ShopOrderState, string>>;
    late: string;
    mismatch: string;
    troubles: { unreachable: string; refused: string; unknown: string };
    ask: string;
    askAbout: (mchOrderNo: string) => string;
    asked: Readonly<Record<AskResult, string>>;
    older: string;
    newest: string;
    pages: string;
  };
  errors: Readonly<Record<'notFound' | 'unauthorized' | 'forbidden' | 'badRequest' | 'internal', Notice>>;
}
