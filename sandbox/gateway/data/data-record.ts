import type { RecordedRequest } from '../api/recorded-request.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { NotifySubject, StoredDelivery } from '../notify/delivery.js';
import type { SandboxOrder, SandboxRefund, SandboxTransfer } from '../orders/sandbox-order.js';

/** A part of the sandbox's state, or a change. A later record of the same object replaces an earlier one. */
export type DataRecord =
  | { readonly order: SandboxOrder }
  | { readonly transfer: SandboxTransfer }
  | { readonly refund: SandboxRefund }
  | { readonly delivery: StoredDelivery }
  | { readonly entry: JournalEntry }
  | { readonly request: RecordedRequest }
  /** An order, transfer or refund is dropped, together with its notifies. */
  | { readonly forget: NotifySubject }
  /** The sandbox's time, in ms since 1970. */
  | { readonly time: number }
  /** The sandbox's URL, which its orders' links contain. */
  | { readonly url: string };

/** What is wrong with a stored record; undefined if it is valid. */
export function flawOf(record: unknown): string | undefined {
  if (typeof record !== 'object' || record === null) return 'a record is not an object';
  const [[name, value] = ['', undefined], ...more] = Object.entries(record) as [string, unknown][];
  if (more.length > 0) return 'a record is of two kinds';
  const isRight = CHECKS[name];
  if (!isRight) return `there is no record of the kind ${JSON.stringify(name.slice(0, 20))}`;
  return isRight(value) ? undefined : `a record of the kind ${name} lacks what it must have`;
}

/** Checks the members that the sandbox depends on. */
const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  order: (value) => has(value, { ...ENTRY, payOrderId: 'string', cashierToken: 'string', expiresAt: 'number' }),
  transfer: (value) => has(value, { ...ENTRY, transferId: 'string', accountNo: 'string' }),
  refund: (value) => has(value, { ...MONEY, refundOrderId: 'string', mchRefundNo: 'string', refundAmount: 'number' }),
  delivery: (value) =>
    has(value, { number: 'number', subject: 'object', stored: 'string', attempts: 'array', due: 'array' }) &&
    has(value.subject, SUBJECT),
  entry: (value) => has(value, { seq: 'number', at: 'number', type: 'string' }),
  request: (value) => has(value, { at: 'number', method: 'string', url: 'string', body: 'string' }),
  forget: (value) => has(value, SUBJECT),
  time: (value) => typeof value === 'number',
  url: (value) => typeof value === 'string',
};

type Shape = Readonly<Record<string, 'string' | 'number' | 'object' | 'array'>>;

const MONEY = {
  mchNo: 'string',
  appId: 'string',
  mchOrderNo: 'string',
  state: 'number',
  createdAt: 'number',
  request: 'object',
  history: 'array',
} as const;
const ENTRY = { ...MONEY, amount: 'number' } as const;
const SUBJECT = { kind: 'string', mchNo: 'string', mchOrderNo: 'string' } as const;

function has<S extends Shape>(value: unknown, shape: S): value is Record<keyof S, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  return Object.entries(shape).every(([name, type]) => {
    const member = members.get(name);
    return type === 'array' ? Array.isArray(member) : typeof member === type && member !== null;
  });
}
