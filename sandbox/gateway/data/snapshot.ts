import type { ApiSite } from '../api/api-site.js';
import type { SandboxClock } from '../clock/sandbox-clock.js';
import type { Journal } from '../journal/journal.js';
import type { Notifier } from '../notify/notifier.js';
import type { Desks } from '../orders/desks.js';
import type { DataRecord } from './data-record.js';

/** The complete state of the sandbox, as records. */
export function* snapshot(sandbox: {
  readonly url: string;
  readonly clock: SandboxClock;
  readonly desks: Desks;
  readonly notifier: Notifier;
  readonly journal: Journal;
  readonly api: ApiSite;
}): Iterable<DataRecord> {
  yield { url: sandbox.url };
  yield { time: sandbox.clock.now() };
  for (const order of sandbox.desks.orders.ledger.all()) yield { order };
  for (const transfer of sandbox.desks.transfers.ledger.all()) yield { transfer };
  for (const refund of sandbox.desks.refunds.ledger.all()) yield { refund };
  for (const delivery of sandbox.notifier.stored()) yield { delivery };
  for (const entry of sandbox.journal.all()) yield { entry };
  for (const request of sandbox.api.requests) yield { request };
}
