import { idempotencyKey, type OutcomeEvent, type ProcessResult } from './outcome.js';

/**
 * Which events are being processed for the notifies that wait for their acknowledgement. A controller may forget to wait
 * for `process`, or to call it; it may also hand on a copy of the notification, so events are told apart by what they say.
 */
export class ProcessingWatches {
  private readonly byEvent = new Map<string, Set<ProcessingWatch>>();

  /** Begins to watch for the processing of an event; to be ended. */
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

  /** Processes an event, and shows that to those who watch for it. */
  show<Result extends ProcessResult>(event: OutcomeEvent, process: () => Promise<Result>): Promise<Result> {
    const watches = this.byEvent.size === 0 ? undefined : this.byEvent.get(idempotencyKey(event));
    const processing = process();
    for (const watch of watches ?? []) watch.add(processing);
    return processing;
  }
}

/** Watches for the processing of one event. */
export class ProcessingWatch {
  private readonly seen: Promise<ProcessResult>[] = [];

  /** @param end ends the watching. */
  constructor(readonly end: () => void) {}

  add(processing: Promise<ProcessResult>): void {
    this.seen.push(processing);
    // Whoever forgot to wait for it has no handler of its failure; `result` tells of it.
    processing.catch(() => {});
  }

  /**
   * Waits until all processing that has begun is done.
   *
   * @returns what became of the event; undefined where nothing was processed.
   * @throws what the last one threw, where none succeeded.
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
