import type { NotifySubject } from '../notify/delivery.js';
import type { SandboxMerchant } from '../options.js';
import type { SandboxOrder, SandboxRefund, SandboxTransfer } from './sandbox-order.js';

/** An object of the gateway, with its kind. */
export type Entry =
  | { readonly kind: 'order'; readonly of: SandboxOrder }
  | { readonly kind: 'transfer'; readonly of: SandboxTransfer }
  | { readonly kind: 'refund'; readonly of: SandboxRefund };

/** The merchant's number. */
export function numberOf(entry: Entry): string {
  return entry.kind === 'refund' ? entry.of.mchRefundNo : entry.of.mchOrderNo;
}

export function subjectOf(entry: Entry): NotifySubject {
  return { kind: entry.kind, mchNo: entry.of.mchNo, mchOrderNo: numberOf(entry) };
}

/** The exact amount in minor units: of the order or the transfer; for a refund, the refunded amount. */
export function amountOf(entry: Entry): bigint {
  const { request } = entry.of;
  return BigInt((entry.kind === 'refund' ? request['refundAmount'] : request['amount']) ?? 0);
}

/** The app of an entry. */
export function merchantOf(
  merchants: readonly SandboxMerchant[],
  { mchNo, appId }: { readonly mchNo: string; readonly appId: string },
): SandboxMerchant | undefined {
  return merchants.find((merchant) => merchant.mchNo === mchNo && merchant.appId === appId);
}

export function entryKey({ kind, mchNo, mchOrderNo }: NotifySubject): string {
  return JSON.stringify([kind, mchNo, mchOrderNo]);
}
