import type { EntryKind } from '../../orders/order-desk.js';
import type { SandboxOrder, SandboxTransfer } from '../../orders/sandbox-order.js';

/** An order or a transfer, as the dashboard handles both. */
export type Entry =
  | { readonly kind: 'order'; readonly of: Readonly<SandboxOrder> }
  | { readonly kind: 'transfer'; readonly of: Readonly<SandboxTransfer> };

export function gatewayIdOf(entry: Entry): string {
  return entry.kind === 'order' ? entry.of.payOrderId : entry.of.transferId;
}

/** The page of an order or transfer. */
export function entryUrl(kind: EntryKind, mchNo: string, mchOrderNo: string): string {
  return `/${kind}s/${encodePart(mchOrderNo)}?mchNo=${encodePart(mchNo)}`;
}

/** Where a control of an order or transfer is posted to. */
export function controlUrl(entry: Entry, control: string): string {
  const { mchNo, mchOrderNo } = entry.of;
  return `/sandbox/${entry.kind}s/${encodePart(mchOrderNo)}/${control}?mchNo=${encodePart(mchNo)}`;
}

/** Merchants send what they like, also half of a surrogate pair, which encodeURIComponent refuses. */
function encodePart(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}
