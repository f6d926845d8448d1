import { inspect } from 'node:util';
import { messageOf } from '../errors/message-of.js';
import { Pass2PayMerchantOrdersError } from '../errors/pass2pay.errors.js';
import type { MerchantRef } from '../merchants/merchant.js';
import { describedOrder, type OrderIdentity } from '../protocol/order-identity.js';
import { isDocumentedState, type OrderKind } from '../protocol/state-order.js';
import { isObject } from '../validation/option-rules.js';
import type { ExpectedOrder, MerchantOrders, PendingOrder } from './merchant-orders.js';

/** The merchant's order, in comparable types. */
export interface OwnOrder {
  /** Minor units. */
  amount: number;
  currency: string;
  mchNo?: string;
  appId?: string;
  mchOrderNo?: string;
  lastState?: number;
}

/** A pending order, in the types of a query. */
export interface NamedOrder {
  kind: OrderKind;
  mchOrderNo: string;
  merchant?: MerchantRef;
}

/** One entry of `pending`: an order, or why it is invalid. */
export type PendingEntry = NamedOrder | Pass2PayMerchantOrdersError;

/** The port of a set-up without a database. */
export type MerchantOrdersWithPending = MerchantOrders & Required<Pick<MerchantOrders, 'pending'>>;

/** Whether the port must return the merchant of each order, because several may use the same order number. */
interface Requirement {
  isMchNoRequired: boolean;
}

/**
 * The merchant's order, or undefined if there is none.
 *
 * @throws Pass2PayMerchantOrdersError with the field when `find` throws or returns a value that cannot be compared.
 */
export async function findOwnOrder(
  merchantOrders: MerchantOrders,
  order: OrderIdentity,
  { isMchNoRequired }: Requirement,
): Promise<OwnOrder | undefined> {
  const about = describedOrder(order);
  const { mchOrderNo } = order;
  const found = await ask('find', about, { mchOrderNo }, async () => merchantOrders.find(order));
  if (found === null || found === undefined) return undefined;
  const read = new PortAnswer(found, 'merchantOrders.find', `for ${about}`, { mchOrderNo });
  const { lastState } = read.answer as Partial<ExpectedOrder>;
  return {
    amount: read.amount(),
    currency: read.currency(),
    mchNo: isMchNoRequired ? read.mchNo() : read.text('mchNo'),
    appId: read.text('appId'),
    mchOrderNo: read.text('mchOrderNo'),
    lastState: lastState === undefined || lastState === null ? undefined : read.state(order.kind),
  };
}

/**
 * One page of the orders without a final state.
 *
 * @throws Pass2PayMerchantOrdersError when `pending` throws or does not return an array; an invalid entry is part of
 * the result.
 */
export async function readPendingOrders(
  merchantOrders: MerchantOrdersWithPending,
  [before, limit, skip]: Parameters<MerchantOrdersWithPending['pending']>,
  requirement: Requirement,
): Promise<PendingEntry[]> {
  const page: unknown = await ask('pending', 'the orders that are not ended', {}, async () =>
    merchantOrders.pending(before, limit, skip),
  );
  if (!Array.isArray(page)) {
    throw new Pass2PayMerchantOrdersError(
      `merchantOrders.pending returned ${shown(page)}; return an array of { mchOrderNo, kind, merchant }`,
    );
  }
  return page.map((entry: unknown) => {
    try {
      return pendingOrder(entry, requirement);
    } catch (error) {
      if (error instanceof Pass2PayMerchantOrdersError) return error;
      throw error;
    }
  });
}

function pendingOrder(entry: unknown, requirement: Requirement): NamedOrder {
  const unnamed = new PortAnswer(entry, 'merchantOrders.pending', 'in an entry');
  const mchOrderNo = unnamed.text('mchOrderNo');
  if (mchOrderNo === undefined) throw unnamed.fault('mchOrderNo', 'return the order number as sent to the gateway');
  const read = new PortAnswer(entry, 'merchantOrders.pending', `for ${mchOrderNo}`, { mchOrderNo });
  const { kind, merchant } = read.answer as Partial<PendingOrder>;
  if (kind !== undefined && kind !== null && kind !== 'payment' && kind !== 'transfer') {
    throw read.fault('kind', "return 'payment' or 'transfer'");
  }
  const order = { kind: kind ?? 'payment', mchOrderNo };
  if (merchant !== undefined && merchant !== null)
    return { ...order, merchant: merchantOf(merchant, order, requirement) };
  if (requirement.isMchNoRequired) throw read.fault('merchant', `${SEVERAL}: return { mchNo, appId }`);
  return order;
}

function merchantOf(given: unknown, { mchOrderNo }: NamedOrder, { isMchNoRequired }: Requirement): MerchantRef {
  const read = new PortAnswer(given, 'merchantOrders.pending', `as the merchant of ${mchOrderNo}`, { mchOrderNo });
  const appId = read.text('appId');
  if (appId === undefined) throw read.fault('appId', 'return the app that created the order');
  return { mchNo: isMchNoRequired ? read.mchNo() : read.text('mchNo'), appId };
}

const SEVERAL = 'orders of several merchants may use the same number';

async function ask<T>(
  method: 'find' | 'pending',
  about: string,
  details: { mchOrderNo?: string },
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new Pass2PayMerchantOrdersError(`merchantOrders.${method} failed for ${about}: ${messageOf(cause)}`, {
      ...details,
      cause,
    });
  }
}

/** Reads a row of the application's database: each field in one form, or an error with the field's name. */
class PortAnswer {
  readonly answer: Readonly<Record<string, unknown>>;

  /** @throws Pass2PayMerchantOrdersError when it is not an object. */
  constructor(
    answer: unknown,
    private readonly port: string,
    private readonly about: string,
    private readonly details: { mchOrderNo?: string } = {},
  ) {
    if (!isObject(answer)) {
      throw new Pass2PayMerchantOrdersError(`${port} returned ${shown(answer)} ${about}; return an object`, details);
    }
    this.answer = answer as Record<string, unknown>;
  }

  fault(field: string, remedy: string): Pass2PayMerchantOrdersError {
    const value = this.answer[field];
    const given = value === undefined || value === null ? `no ${field}` : `${field} ${shown(value)}`;
    return new Pass2PayMerchantOrdersError(`${this.port} returned ${given} ${this.about}; ${remedy}`, this.details);
  }

  amount(): number {
    const amount = wholeNumber(this.answer['amount']);
    if (amount === undefined) throw this.fault('amount', 'return whole minor units, such as 10031 for 100.31');
    return amount;
  }

  currency(): string {
    const currency = this.text('currency');
    if (currency === undefined) throw this.fault('currency', 'return its three letters, such as cny');
    return currency;
  }

  mchNo(): string {
    const mchNo = this.text('mchNo');
    if (mchNo === undefined) throw this.fault('mchNo', `${SEVERAL}: return the mchNo with each`);
    return mchNo;
  }

  state(kind: OrderKind): number {
    const state = wholeNumber(this.answer['lastState']);
    if (state !== undefined && isDocumentedState(kind, state)) return state;
    throw this.fault('lastState', 'return the number of the last applied gateway state, such as 2 for success');
  }

  /** Without the padding of a fixed-length column; undefined for null or a missing value. */
  text(field: string): string | undefined {
    const value = this.answer[field];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw this.fault(field, 'return a string');
    const text = value.trim();
    if (text === '') throw this.fault(field, 'return null or leave it out if it is unknown');
    return text;
  }
}

/** A whole number in any type that drivers return for `bigint` and `numeric` columns. */
function wholeNumber(value: unknown): number | undefined {
  const isWhole = typeof value === 'string' ? /^(0|[1-9]\d{0,15})(\.0+)?$/.test(value) : typeof value !== 'object';
  const number = typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value;
  return isWhole && Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
}

function shown(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 40, maxArrayLength: 3 });
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
