import { idempotencyKey, type OutcomeEvent, type ProcessResult } from './outcome.js';

/**
 * Tracks the processing of events for notifies that wait for their acknowledgement. A controller may forget to await or
 * call `process`, or may pass a copy of the notification, so events are identified by their content.
 */
export class ProcessingWatches {
  private readonly byEvent = new Map<string, Set<ProcessingWatch>>();

  /** Starts watching the processing of an event; must be ended. */
  watch(event: OutcomeEvent): ProcessingWatch {
    const key = idempotencyKey(event);
    const watches = this.byEvent.get(key) ?? new Set();
    const watch = new ProcessingWatch(() => {
      watches.delete(watch);
      if (watches.size === 0) this.byEvent.delete(key);
    });
    this.byEvent.set(key, watches.add(watch));
    return watch;
  }

  /** Processes an event and informs its watchers. */
  show<Result extends ProcessResult>(event: OutcomeEvent, process: () => Promise<Result>): Promise<Result> {
    const watches = this.byEvent.size === 0 ? undefined : this.byEvent.get(idempotencyKey(event));
    const processing = process();
    for (const watch of watches ?? []) watch.add(processing);
    return processing;
  }
}

/** Watches the processing of one event. */
export class ProcessingWatch {
  private readonly seen: Promise<ProcessResult>[] = [];

  /** @param end ends the watching. */
  constructor(readonly end: () => void) {}

  add(processing: Promise<ProcessResult>): void {
    this.seen.push(processing);
    // An un-awaited promise has no rejection handler; `result` reports the failure.
    processing.catch(() => {});
  }

  /**
   * Waits until all started processing has ended.
   *
   * @returns the result of the event; undefined if nothing was processed.
   * @throws what the last one threw, if none succeeded.
   */
  async result(): Promise<ProcessResult | undefined> {
    let settled: PromiseSettledResult<ProcessResult>[] = [];
    while (settled.length < this.seen.length) settled = await Promise.allSettled(this.seen);
    const success = settled.find((each) => each.status === 'fulfilled' && each.value !== 'unknown-order');
    const last = success ?? settled.at(-1);
    if (last?.status === 'rejected') throw last.reason;
    return last?.value;
  }
}
