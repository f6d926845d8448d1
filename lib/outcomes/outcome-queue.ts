import type { DeliveryResult } from './outcome.js';
import type { OutcomeEvent } from './outcome.js';

/** The work that a queue has its workers do. */
export interface QueueWork {
  /** Hands an event to its handlers; throws where that is to be tried again. */
  deliver(event: OutcomeEvent): Promise<DeliveryResult>;
  /** Looks after orders whose end is not known; undefined where there is no `MerchantOrders`. */
  sweep: (() => Promise<unknown>) | undefined;
  /** How often to sweep, in ms: once for the whole fleet. */
  sweepEveryMs: number;
}

/** A durable queue between the acknowledgement of an event and its handlers. */
export interface OutcomeQueue {
  /** Resolves when the event is kept safely; the same event is kept once. */
  add(event: OutcomeEvent): Promise<void>;
  /** Called when the application has started: workers may begin. */
  start(work: QueueWork): Promise<void>;
  /** Called when the application shuts down: lets handlers under way finish, takes no more. */
  close(): Promise<void>;
  /** Resolves where the queue can be reached, for health checks; rejects, or takes its time, where it cannot. */
  ping?(): Promise<void>;
}
