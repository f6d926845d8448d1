import { Pass2PayValidationError } from '../../errors/pass2pay.errors.js';
import { oneOf, text } from '../../validation/checks.js';
import { issuesOf } from '../../validation/issues.js';
import { isObject, setMembers, wholeNumber } from '../../validation/option-rules.js';
import { optional, required, Rule } from '../../validation/rule.js';
import type { ListPlace, StoredOrder } from './stored-orders.js';

const STATUSES = ['unknown', 'never-made', 'creating', 'refused'] as const;
const MAX_ORDERS = 1_000;

/** An order number of 64 characters takes up to six bytes a character in JSON, and base64url a third more. */
const MAX_PLACE = 800;

/** Which orders to list. */
export class OrderListOptions {
  /** The status of their creates; see `StoredOrder.status`. */
  @Rule(required(`the creates' status, e.g. 'unknown'`, oneOf(...STATUSES)))
  status!: (typeof STATUSES)[number];

  /** Maximum number of entries: up to 1,000. Defaults to 100. */
  @Rule(optional(wholeNumber(1, MAX_ORDERS)))
  limit?: number;

  /** `next` of the previous page. */
  @Rule(optional(text(MAX_PLACE)))
  after?: string;
}

/** A page of orders. */
export interface OrderPage {
  orders: StoredOrder[];
  /** The value of `after` for the next page; undefined on the last page. */
  next?: string;
}

/** @throws Pass2PayValidationError with every issue. */
export function readListOptions(given: unknown): Pick<OrderListOptions, 'status'> & {
  limit: number;
  after: ListPlace | undefined;
} {
  const options = Object.assign(new OrderListOptions(), setMembers(isObject(given) ? given : {}));
  const issues = issuesOf(options);
  if (issues.length > 0) throw new Pass2PayValidationError(issues);
  const { status, limit = 100, after } = options;
  return { status, limit, after: after === undefined ? undefined : readPlace(after) };
}

export function writePlace(place: ListPlace): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function readPlace(after: string): ListPlace {
  try {
    const place: unknown = JSON.parse(Buffer.from(after, 'base64url').toString());
    if (isPlace(place)) return place;
  } catch {
    // It is not JSON.
  }
  throw new Pass2PayValidationError([{ field: 'after', message: 'after must be the value of next from another page' }]);
}

function isPlace(value: unknown): value is ListPlace {
  return (
    Array.isArray(value) &&
    value.length === 4 &&
    Number.isSafeInteger(value[0]) &&
    value.slice(1).every((each) => typeof each === 'string')
  );
}
