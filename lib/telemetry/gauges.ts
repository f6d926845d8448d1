import type { Attributes, BatchObservableCallback, ObservableCallback, ObservableGauge } from '@opentelemetry/api';
import { meter } from './instruments.js';
import { ATTRIBUTES, METRICS } from './names.js';

const STATES = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Ends an observation. */
export type StopObserving = () => void;

/** Shows the circuit breaker's state whenever metrics are collected. */
export function observeBreaker(instance: string, state: () => keyof typeof STATES): StopObserving {
  const attributes: Attributes = { [ATTRIBUTES.instance]: instance };
  return observe(METRICS.breaker, (result) => result.observe(STATES[state()], attributes));
}

/** Shows how many events are in a queue whenever metrics are collected; nothing while the queue does not tell. */
export function observeQueue(queue: string, counts: () => Promise<Readonly<Record<string, number>>>): StopObserving {
  return observe(METRICS.queueJobs, async (result) => {
    try {
      for (const [state, count] of Object.entries(await counts())) {
        result.observe(count, { [ATTRIBUTES.queue]: queue, [ATTRIBUTES.jobState]: state });
      }
    } catch {
      // Whoever puts events into the queue learns that it is away, and says so.
    }
  });
}

/** What stands in the tables of the database and is not done. */
export interface DatabaseBacklog {
  /** Outcomes by their result: kept before their handlers, to be tried again, given up. */
  outcomes: { received: number; failed: number; dead: number };
  /** Work after commits: to be done, given up. */
  afterCommit: { pending: number; dead: number };
  /** For how long the most overdue of what is to be done has been due, in s; 0 where nothing is. */
  lag: { outcomes: number; afterCommit: number; reconciler: number };
  orders: {
    /** Creates of which nobody knows whether the gateway has made the order. */
    unknownCreates: number;
    /** How long ago the oldest order was created whose end nobody knows, in s; 0 where there is none. */
    oldestPending: number;
  };
  schemaVersion: number;
}

/**
 * Shows what is not done in the database whenever metrics are collected. While the database does not answer, only that: SDKs
 * then give the last values again, or nothing.
 */
export function observeDatabase(instance: string, read: () => Promise<DatabaseBacklog>): StopObserving {
  const registered = meter();
  if (registered === undefined) return () => {};
  const { databaseUp, databaseWork, databaseLag, databaseSchema, unknownCreates, oldestPending } = METRICS;
  const all = [databaseUp, databaseWork, databaseLag, databaseSchema, unknownCreates, oldestPending];
  const gauges = all.map(({ name, unit, description }) =>
    registered.createObservableGauge(name, { description, ...(unit !== '' && { unit }) }),
  );
  const [up, work, lag, schema, unknown, oldest] = gauges as [
    ObservableGauge,
    ObservableGauge,
    ObservableGauge,
    ObservableGauge,
    ObservableGauge,
    ObservableGauge,
  ];
  const callback: BatchObservableCallback = async (result) => {
    const backlog = await read().catch(() => undefined);
    result.observe(up, backlog === undefined ? 0 : 1, { [ATTRIBUTES.instance]: instance });
    if (backlog === undefined) return;
    const { outcomes, afterCommit } = backlog;
    for (const [kind, counts] of Object.entries({ outcome: outcomes, 'after-commit': afterCommit })) {
      for (const [state, count] of Object.entries(counts)) {
        const attributes = { [ATTRIBUTES.work]: kind, [ATTRIBUTES.workState]: state };
        result.observe(work, count, { ...attributes, [ATTRIBUTES.instance]: instance });
      }
    }
    for (const [kind, seconds] of Object.entries({
      outcome: backlog.lag.outcomes,
      'after-commit': backlog.lag.afterCommit,
      reconcile: backlog.lag.reconciler,
    })) {
      result.observe(lag, seconds, { [ATTRIBUTES.work]: kind, [ATTRIBUTES.instance]: instance });
    }
    const ofInstance = { [ATTRIBUTES.instance]: instance };
    result.observe(schema, backlog.schemaVersion, ofInstance);
    result.observe(unknown, backlog.orders.unknownCreates, ofInstance);
    result.observe(oldest, backlog.orders.oldestPending, ofInstance);
  };
  registered.addBatchObservableCallback(callback, gauges);
  return () => registered.removeBatchObservableCallback(callback, gauges);
}

function observe(
  { name, unit, description }: { name: string; unit: string; description: string },
  callback: ObservableCallback,
): StopObserving {
  const gauge = meter()?.createObservableGauge(name, { description, ...(unit !== '' && { unit }) });
  gauge?.addCallback(callback);
  return () => gauge?.removeCallback(callback);
}
