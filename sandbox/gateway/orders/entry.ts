import type { NotifySubject } from '../notify/delivery.js';
import type { SandboxMerchant } from '../options.js';
import type { SandboxOrder, SandboxRefund, SandboxTransfer } from './sandbox-order.js';

/** What the gateway keeps, and of which kind it is. */
export type Entry =
  | { readonly kind: 'order'; readonly of: SandboxOrder }
  | { readonly kind: 'transfer'; readonly of: SandboxTransfer }
  | { readonly kind: 'refund'; readonly of: SandboxRefund };

/** The merchant's own number. */
export function numberOf(entry: Entry): string {
  return entry.kind === 'refund' ? entry.of.mchRefundNo : entry.of.mchOrderNo;
}

export function subjectOf(entry: Entry): NotifySubject {
  return { kind: entry.kind, mchNo: entry.of.mchNo, mchOrderNo: numberOf(entry) };
}

/** What the gateway moves, minor units, exact: the order's amount, the transfer's, what is refunded. */
export function amountOf(entry: Entry): bigint {
  const { request } = entry.of;
  return BigInt((entry.kind === 'refund' ? request['refundAmount'] : request['amount']) ?? 0);
}

/** The app that an entry belongs to. */
export function merchantOf(
  merchants: readonly SandboxMerchant[],
  { mchNo, appId }: { readonly mchNo: string; readonly appId: string },
): SandboxMerchant | undefined {
  return merchants.find((merchant) => merchant.mchNo === mchNo && merchant.appId === appId);
}

export function entryKey({ kind, mchNo, mchOrderNo }: NotifySubject): string {
  return JSON.stringify([kind, mchNo, mchOrderNo]);
}
