import type { RecordedRequest } from '../api/recorded-request.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { NotifySubject, StoredDelivery } from '../notify/delivery.js';
import { type Entry, entryKey, subjectOf } from '../orders/entry.js';
import type { SandboxOrder, SandboxRefund, SandboxTransfer } from '../orders/sandbox-order.js';
import type { SandboxMerchant } from '../options.js';
import { SandboxDataFileError } from './data-file.error.js';
import type { DataRecord } from './data-record.js';

/** The state that results from the records of a data file. */
export class KeptState {
  readonly orders = new Map<string, SandboxOrder>();
  readonly transfers = new Map<string, SandboxTransfer>();
  readonly refunds = new Map<string, SandboxRefund>();
  readonly requests: RecordedRequest[] = [];
  /** The sandbox's last recorded time, in ms since 1970. */
  time?: number;
  /** The sandbox's URL at that time. */
  url?: string;
  /** By order, transfer or refund, then by the delivery's number. */
  private readonly byOrder = new Map<string, Map<number, StoredDelivery>>();
  private readonly bySeq = new Map<number, JournalEntry>();

  constructor(records: readonly DataRecord[]) {
    for (const record of records) this.take(record);
  }

  /** In order of their sequence numbers. */
  get entries(): JournalEntry[] {
    return [...this.bySeq.values()].toSorted((a, b) => a.seq - b.seq);
  }

  /** Grouped by order, the oldest first. */
  get deliveries(): StoredDelivery[] {
    return [...this.byOrder.values()].flatMap((deliveries) => [...deliveries.values()]);
  }

  /** The orders, with links to the sandbox's current URL. */
  ordersAt(url: string): SandboxOrder[] {
    const { url: formerUrl = url } = this;
    if (formerUrl === url) return [...this.orders.values()];
    return [...this.orders.values()].map((order) => ({
      ...order,
      payData: order.payData.replaceAll(formerUrl, url),
    }));
  }

  private take(record: DataRecord): void {
    if ('order' in record) this.orders.set(keyOf({ kind: 'order', of: record.order }), record.order);
    else if ('transfer' in record)
      this.transfers.set(keyOf({ kind: 'transfer', of: record.transfer }), record.transfer);
    else if ('refund' in record) this.refunds.set(keyOf({ kind: 'refund', of: record.refund }), record.refund);
    else if ('delivery' in record) this.takeDelivery(record.delivery);
    else if ('request' in record) this.requests.push(record.request);
    else if ('forget' in record) this.forget(record.forget);
    else if ('url' in record) this.url = record.url;
    else if ('time' in record) this.hear(record.time);
    else {
      this.bySeq.set(record.entry.seq, record.entry);
      this.hear(record.entry.at);
    }
  }

  private hear(time: number): void {
    this.time = Math.max(this.time ?? 0, time);
  }

  private takeDelivery(delivery: StoredDelivery): void {
    const key = entryKey(delivery.subject);
    const siblings = this.byOrder.get(key);
    if (siblings) siblings.set(delivery.number, delivery);
    else this.byOrder.set(key, new Map([[delivery.number, delivery]]));
  }

  private forget(subject: NotifySubject): void {
    const key = entryKey(subject);
    for (const entries of [this.orders, this.transfers, this.refunds]) entries.delete(key);
    this.byOrder.delete(key);
  }
}

/**
 * @throws SandboxDataFileError if there are entries of an app that is not configured: their notifies could not be
 * signed.
 */
export function checkMerchants(path: string, kept: KeptState, merchants: readonly SandboxMerchant[]): void {
  const known = new Set(merchants.map(appName));
  const strangers = new Set(
    [...kept.orders.values(), ...kept.transfers.values(), ...kept.refunds.values()].map(appName),
  );
  for (const name of known) strangers.delete(name);
  if (strangers.size === 0) return;
  const names = [...strangers].join(', ');
  throw new SandboxDataFileError(
    path,
    `has orders of merchants that are not configured: ${names}. Start the sandbox with them, or with another file.`,
  );
}

function appName({ mchNo, appId }: { readonly mchNo: string; readonly appId: string }): string {
  return `merchant ${mchNo}, app ${appId}`;
}

function keyOf(entry: Entry): string {
  return entryKey(subjectOf(entry));
}

export function deliveryKey({ subject, number }: StoredDelivery): string {
  return `${entryKey(subject)}#${number}`;
}
