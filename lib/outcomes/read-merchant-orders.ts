import { inspect } from 'node:util';
import { messageOf } from '../errors/message-of.js';
import { Pass2PayMerchantOrdersError } from '../errors/pass2pay.errors.js';
import type { MerchantRef } from '../merchants/merchant.js';
import { describedOrder, type OrderIdentity } from '../protocol/order-identity.js';
import { isDocumentedState, type OrderKind } from '../protocol/state-order.js';
import { isObject } from '../validation/option-rules.js';
import type { ExpectedOrder, MerchantOrders, PendingOrder } from './merchant-orders.js';

/** The merchant's own order, in the types in which it is compared. */
export interface OwnOrder {
  /** Minor units. */
  amount: number;
  currency: string;
  mchNo?: string;
  appId?: string;
  mchOrderNo?: string;
  lastState?: number;
}

/** A pending order, in the types in which the gateway is asked about it. */
export interface NamedOrder {
  kind: OrderKind;
  mchOrderNo: string;
  merchant?: MerchantRef;
}

/** One entry of `pending`: an order, or why it is none. */
export type PendingEntry = NamedOrder | Pass2PayMerchantOrdersError;

/** The port of a set-up without a database. */
export type MerchantOrdersWithPending = MerchantOrders & Required<Pick<MerchantOrders, 'pending'>>;

/** Whether the port must name the merchant of each order, since several may have orders of one number. */
interface Requirement {
  isMchNoRequired: boolean;
}

/**
 * The merchant's own order, or undefined where there is none.
 *
 * @throws Pass2PayMerchantOrdersError that names the field where `find` throws, or gives what cannot be compared.
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
 * One page of the orders that are not ended.
 *
 * @throws Pass2PayMerchantOrdersError where `pending` throws, or gives no array; a single wrong entry is one of the result.
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
      `merchantOrders.pending gave ${shown(page)}: give an array of { mchOrderNo, kind, merchant }`,
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
  if (mchOrderNo === undefined) throw unnamed.fault('mchOrderNo', 'give the order number as the gateway has it');
  const read = new PortAnswer(entry, 'merchantOrders.pending', `for ${mchOrderNo}`, { mchOrderNo });
  const { kind, merchant } = read.answer as Partial<PendingOrder>;
  if (kind !== undefined && kind !== null && kind !== 'payment' && kind !== 'transfer') {
    throw read.fault('kind', "give 'payment' or 'transfer'");
  }
  const order = { kind: kind ?? 'payment', mchOrderNo };
  if (merchant !== undefined && merchant !== null)
    return { ...order, merchant: merchantOf(merchant, order, requirement) };
  if (requirement.isMchNoRequired) throw read.fault('merchant', `${SEVERAL}: give { mchNo, appId }`);
  return order;
}

function merchantOf(given: unknown, { mchOrderNo }: NamedOrder, { isMchNoRequired }: Requirement): MerchantRef {
  const read = new PortAnswer(given, 'merchantOrders.pending', `as the merchant of ${mchOrderNo}`, { mchOrderNo });
  const appId = read.text('appId');
  if (appId === undefined) throw read.fault('appId', 'give the app that the order was made for');
  return { mchNo: isMchNoRequired ? read.mchNo() : read.text('mchNo'), appId };
}

const SEVERAL = 'orders of several merchants may have one number';

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

/** What the application's database gave: each field in one form, or an error that names it. */
class PortAnswer {
  readonly answer: Readonly<Record<string, unknown>>;

  /** @throws Pass2PayMerchantOrdersError where it is no object. */
  constructor(
    answer: unknown,
    private readonly port: string,
    private readonly about: string,
    private readonly details: { mchOrderNo?: string } = {},
  ) {
    if (!isObject(answer)) {
      throw new Pass2PayMerchantOrdersError(`${port} gave ${shown(answer)} ${about}: give an object`, details);
    }
    this.answer = answer as Record<string, unknown>;
  }

  fault(field: string, remedy: string): Pass2PayMerchantOrdersError {
    const value = this.answer[field];
    const given = value === undefined || value === null ? `no ${field}` : `${field} ${shown(value)}`;
    return new Pass2PayMerchantOrdersError(`${this.port} gave ${given} ${this.about}: ${remedy}`, this.details);
  }

  amount(): number {
    const amount = wholeNumber(this.answer['amount']);
    if (amount === undefined) throw this.fault('amount', 'give whole minor units, such as 10031 for 100.31');
    return amount;
  }

  currency(): string {
    const currency = this.text('currency');
    if (currency === undefined) throw this.fault('currency', 'give its three letters, such as cny');
    return currency;
  }

  mchNo(): string {
    const mchNo = this.text('mchNo');
    if (mchNo === undefined) throw this.fault('mchNo', `${SEVERAL}: give the merchant's number with each`);
    return mchNo;
  }

  state(kind: OrderKind): number {
    const state = wholeNumber(this.answer['lastState']);
    if (state !== undefined && isDocumentedState(kind, state)) return state;
    throw this.fault(
      'lastState',
      "give the number of the gateway's state that the order took over, such as 2 for success",
    );
  }

  /** Without the padding of a column of fixed length; undefined for null and where it is left out. */
  text(field: string): string | undefined {
    const value = this.answer[field];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw this.fault(field, 'give a string');
    const text = value.trim();
    if (text === '') throw this.fault(field, 'give null, or leave it out, where it is not known');
    return text;
  }
}

/** A whole number of any type that drivers give for `bigint` and `numeric` columns. */
function wholeNumber(value: unknown): number | undefined {
  const isWhole = typeof value === 'string' ? /^(0|[1-9]\d{0,15})(\.0+)?$/.test(value) : typeof value !== 'object';
  const number = typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value;
  return isWhole && Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
}

function shown(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 40, maxArrayLength: 3 });
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
