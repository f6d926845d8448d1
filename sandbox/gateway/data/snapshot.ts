import type { ApiSite } from '../api/api-site.js';
import type { SandboxClock } from '../clock/sandbox-clock.js';
import type { Journal } from '../journal/journal.js';
import type { Notifier } from '../notify/notifier.js';
import type { OrderDesk } from '../orders/order-desk.js';
import type { DataRecord } from './data-record.js';

/** The sandbox's whole state, as records. */
export function* snapshot(sandbox: {
  readonly url: string;
  readonly clock: SandboxClock;
  readonly desk: OrderDesk;
  readonly notifier: Notifier;
  readonly journal: Journal;
  readonly api: ApiSite;
}): Iterable<DataRecord> {
  yield { url: sandbox.url };
  yield { time: sandbox.clock.now() };
  for (const order of sandbox.desk.orders.all()) yield { order };
  for (const transfer of sandbox.desk.transfers.all()) yield { transfer };
  for (const delivery of sandbox.notifier.stored()) yield { delivery };
  for (const entry of sandbox.journal.all()) yield { entry };
  for (const request of sandbox.api.requests) yield { request };
}
