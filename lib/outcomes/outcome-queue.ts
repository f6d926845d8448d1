import type { DeliveryResult } from './outcome.js';
import type { OutcomeEvent } from './outcome.js';

/** The work of a queue's workers. */
export interface QueueWork {
  /** Passes an event to its handlers; throws if it must be retried. */
  deliver(event: OutcomeEvent): Promise<DeliveryResult>;
  /** Reconciles orders without a final state; undefined without `MerchantOrders`. */
  sweep: (() => Promise<unknown>) | undefined;
  /** Interval of sweeps, in ms, for the whole fleet. */
  sweepEveryMs: number;
}

/** A durable queue between the acknowledgement of an event and its handlers. */
export interface OutcomeQueue {
  /** Resolves when the event is stored; the same event is stored once. */
  add(event: OutcomeEvent): Promise<void>;
  /** Called when the application has started; workers may start. */
  start(work: QueueWork): Promise<void>;
  /** Called when the application shuts down: waits for running handlers and takes no more events. */
  close(): Promise<void>;
  /** For health checks: resolves if the queue is reachable; otherwise rejects or stays pending. */
  ping?(): Promise<void>;
}
