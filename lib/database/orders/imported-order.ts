import type { NewOrder } from '../../client/order-store.js';
import type { ValidationIssue } from '../../errors/pass2pay.errors.js';
import { isDocumentedState } from '../../protocol/state-order.js';
import { minorUnits, oneOf, text } from '../../validation/checks.js';
import { issuesOf } from '../../validation/issues.js';
import { isObject } from '../../validation/option-rules.js';
import { optional, required, Rule } from '../../validation/rule.js';

/** A state of either kind; which ones a kind has is looked at with the kind. */
const state = (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) ? undefined : "must be one of the gateway's states, a number";

/** An order or transfer that was made before, or by another service, as `Pass2PayOrders.import` takes it. null means not given. */
export class ImportedOrder {
  /** `payment` where left out. */
  @Rule(optional(oneOf('payment', 'transfer')))
  kind?: 'payment' | 'transfer' | null;

  /** The merchant and the app that it was made for; the module must know them. */
  @Rule(required('the number of the merchant that the order was made for', text(30)))
  mchNo!: string;

  @Rule(required('the id of the app that the order was made for', text(24)))
  appId!: string;

  /** The merchant's own number, as it was sent. */
  @Rule(required('the number that the order was made with', text(64)))
  mchOrderNo!: string;

  /** Minor units. */
  @Rule(required('the amount that the order was made with, in minor units', minorUnits))
  amount!: number;

  @Rule(required('the currency that the order was made with, e.g. cny', text(8)))
  currency!: string;

  /** Your own number of the customer, so that `forgetCustomer` finds the order. */
  @Rule(optional(text(64)))
  custNo?: string | null;

  /** payOrderId or transferId, where you know it. */
  @Rule(optional(text(64)))
  gatewayId?: string | null;

  /** The state whose effects you have applied last: it, and what comes before it, is not handled again. */
  @Rule(optional(state))
  lastApplied?: number | null;

  /** What the gateway has said last, where that is known: a payment after 3, 4 or 6 is late. */
  @Rule(optional(state))
  gatewayState?: number | null;
}

/** An order of an import in its normal form, and where it stands. */
export interface OrderToImport extends Omit<NewOrder, 'expiresInS' | 'custNo'> {
  path: string;
  custNo: string | undefined;
  gatewayId: string | undefined;
  lastApplied: number | undefined;
  gatewayState: number | undefined;
}

/** Brings orders into their normal form, and lists what is wrong with them. */
export function readImportedOrders(given: readonly unknown[]): { orders: OrderToImport[]; issues: ValidationIssue[] } {
  const orders: OrderToImport[] = [];
  const issues: ValidationIssue[] = [];
  for (const [index, each] of given.entries()) {
    const path = `orders[${index}]`;
    if (!isObject(each)) {
      issues.push({
        field: path,
        message: `${path} must be an object with mchNo, appId, mchOrderNo, amount and currency`,
      });
      continue;
    }
    const members = Object.entries(each).filter(([, value]) => value !== null && value !== undefined);
    const order = Object.assign(new ImportedOrder(), Object.fromEntries(members));
    const own = issuesOf(order, path);
    if (own.length > 0) {
      issues.push(...own);
      continue;
    }
    const { kind, custNo, gatewayId, lastApplied, gatewayState, ...rest } = order;
    const read = {
      path,
      ...rest,
      kind: kind ?? 'payment',
      currency: rest.currency.toLowerCase(),
      custNo: custNo ?? undefined,
      gatewayId: gatewayId ?? undefined,
      lastApplied: lastApplied ?? undefined,
      gatewayState: gatewayState ?? undefined,
    };
    issues.push(...stateIssues(read));
    orders.push(read);
  }
  return { orders, issues };
}

function stateIssues(order: OrderToImport): ValidationIssue[] {
  const { path, kind } = order;
  return (['lastApplied', 'gatewayState'] as const).flatMap((name) => {
    const given = order[name];
    if (given === undefined || isDocumentedState(kind, given)) return [];
    return [{ field: `${path}.${name}`, message: `${path}.${name} is ${given}, which is not a state of a ${kind}` }];
  });
}
