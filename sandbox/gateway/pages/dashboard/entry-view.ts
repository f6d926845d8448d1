import type { EntryKind } from '../../dialects/dialect.js';
import { type Entry, numberOf } from '../../orders/entry.js';

export function gatewayIdOf(entry: Entry): string {
  if (entry.kind === 'order') return entry.of.payOrderId;
  return entry.kind === 'transfer' ? entry.of.transferId : entry.of.refundOrderId;
}

/** Minor units; a refund's is what is refunded. */
export function shownAmount(entry: Entry): number {
  return entry.kind === 'refund' ? entry.of.refundAmount : entry.of.amount;
}

/** The page of an order, transfer or refund. */
export function entryUrl(kind: EntryKind, mchNo: string, number: string): string {
  return `/${kind}s/${encodePart(number)}?mchNo=${encodePart(mchNo)}`;
}

/** Where a control of an order, transfer or refund is posted to. */
export function controlUrl(entry: Entry, control: string): string {
  return `/sandbox/${entry.kind}s/${encodePart(numberOf(entry))}/${control}?mchNo=${encodePart(entry.of.mchNo)}`;
}

/** Merchants send what they like, also half of a surrogate pair, which encodeURIComponent refuses. */
function encodePart(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}
