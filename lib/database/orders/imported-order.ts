import type { NewOrder } from '../../client/order-store.js';
import type { ValidationIssue } from '../../errors/pass2pay.errors.js';
import { isDocumentedState } from '../../protocol/state-order.js';
import { minorUnits, oneOf, text } from '../../validation/checks.js';
import { issuesOf } from '../../validation/issues.js';
import { isObject, setMembers } from '../../validation/option-rules.js';
import { optional, required, Rule } from '../../validation/rule.js';

/** A state of either kind; the valid states of the kind are checked separately. */
const state = (value: unknown) =>
  Number.isInteger(value) ? undefined : "must be one of the gateway's states (a number)";

/** An order or transfer for `Pass2PayOrders.import`, created earlier or by another service. null counts as absent. */
export class ImportedOrder {
  /** Defaults to `payment`. */
  @Rule(optional(oneOf('payment', 'transfer')))
  kind?: 'payment' | 'transfer' | null;

  /** Its merchant and app; must be known to the module. */
  @Rule(required('the merchant number of the order', text(30)))
  mchNo!: string;

  @Rule(required('the app id of the order', text(24)))
  appId!: string;

  /** The merchant's number, as it was sent. */
  @Rule(required('the order number that was sent to the gateway', text(64)))
  mchOrderNo!: string;

  /** Minor units. */
  @Rule(required('the amount of the order in minor units', minorUnits))
  amount!: number;

  @Rule(required('the currency of the order, e.g. cny', text(8)))
  currency!: string;

  /** Your customer number, so that `forgetCustomer` finds the order. */
  @Rule(optional(text(64)))
  custNo?: string | null;

  /** payOrderId or transferId, if known. */
  @Rule(optional(text(64)))
  gatewayId?: string | null;

  /** The last state that you have applied: this and lower states are not handled again. */
  @Rule(optional(state))
  lastApplied?: number | null;

  /** The gateway's last state, if known: a payment after 3, 4 or 6 is late. */
  @Rule(optional(state))
  gatewayState?: number | null;
}

/** A normalised order of an import and its index. */
export interface OrderToImport extends Omit<NewOrder, 'expiresInS' | 'custNo'> {
  path: string;
  custNo: string | undefined;
  gatewayId: string | undefined;
  lastApplied: number | undefined;
  gatewayState: number | undefined;
}

/** Normalises orders and lists their issues. */
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
    const members = Object.entries(setMembers(each)).filter(([, value]) => value !== null);
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
