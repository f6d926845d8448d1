import type { EntryKind } from '../../dialects/dialect.js';
import { type Entry, numberOf } from '../../orders/entry.js';

export function gatewayIdOf(entry: Entry): string {
  if (entry.kind === 'order') return entry.of.payOrderId;
  return entry.kind === 'transfer' ? entry.of.transferId : entry.of.refundOrderId;
}

/** In minor units; for a refund, the refunded amount. */
export function shownAmount(entry: Entry): number {
  return entry.kind === 'refund' ? entry.of.refundAmount : entry.of.amount;
}

/** The path of the page of an order, transfer or refund. */
export function entryUrl(kind: EntryKind, mchNo: string, number: string): string {
  return `/${kind}s/${encodePart(number)}?mchNo=${encodePart(mchNo)}`;
}

/** The path of a control of an order, transfer or refund. */
export function controlUrl(entry: Entry, control: string): string {
  return `/sandbox/${entry.kind}s/${encodePart(numberOf(entry))}/${control}?mchNo=${encodePart(entry.of.mchNo)}`;
}

/** Merchants may send half of a surrogate pair, for which encodeURIComponent throws. */
function encodePart(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}
