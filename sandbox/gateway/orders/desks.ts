import type { EntryKind } from '../dialects/dialect.js';
import type { Announcer } from './announcer.js';
import type { Entry } from './entry.js';
import type { OrderDesk } from './order-desk.js';
import type { RefundDesk } from './refund-desk.js';
import type { TransferDesk } from './transfer-desk.js';

/** The desks for orders, transfers and refunds, and their announcer. */
export interface Desks {
  readonly orders: OrderDesk;
  readonly transfers: TransferDesk;
  readonly refunds: RefundDesk;
  readonly announcer: Announcer;
}

/** @throws UnknownOrderError */
export function knownEntry(
  { orders, transfers, refunds }: Desks,
  kind: EntryKind,
  number: string,
  mchNo: string | undefined,
): Entry {
  if (kind === 'order') return { kind, of: orders.known(number, mchNo) };
  if (kind === 'transfer') return { kind, of: transfers.known(number, mchNo) };
  return { kind, of: refunds.known(number, mchNo) };
}
