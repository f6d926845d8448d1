import { type Bean, ENTRY_NUMBERS, type EntryKind } from '../dialects/dialect.js';
import type { Ledger, LedgerEntry } from '../orders/ledger.js';
import { type Call, textOf } from './call.js';
import { GatewayRefusal } from './gateway-response.js';

/** Where a request searches, and the messages if nothing is found. */
export interface Lookup<T extends LedgerEntry> {
  readonly kind: EntryKind;
  readonly ledger: Ledger<T>;
  /** The message if neither number is given; the gateway's default message if undefined. */
  readonly neither?: string;
  readonly unknown?: string;
}

/**
 * Any app of the merchant finds the entry; the gateway's ID takes precedence if both are given. Source: protocol §6.
 */
export function findEntry<T extends LedgerEntry>({ bean, merchant }: Call, lookup: Lookup<T>): T {
  requireNumber(bean, lookup.kind, lookup.neither);
  const names = ENTRY_NUMBERS[lookup.kind];
  const id = textOf(bean, names.id);
  const found =
    id === ''
      ? lookup.ledger.find(merchant.mchNo, textOf(bean, names.number))
      : lookup.ledger.findById(merchant.mchNo, id);
  if (!found) throw new GatewayRefusal(lookup.unknown ?? '订单不存在');
  return found;
}

export function requireNumber(bean: Bean, kind: EntryKind, neither?: string): void {
  const { number, id } = ENTRY_NUMBERS[kind];
  if (textOf(bean, number) !== '' || textOf(bean, id) !== '') return;
  throw new GatewayRefusal(neither ?? `${number} 和 ${id}不能同时为空`);
}
