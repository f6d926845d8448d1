import type { Attributes, BatchObservableCallback, ObservableCallback, ObservableGauge } from '@opentelemetry/api';
import { meter } from './instruments.js';
import { ATTRIBUTES, METRICS } from './names.js';

const STATES = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Ends an observation. */
export type StopObserving = () => void;

/** Reports the circuit breaker's state whenever metrics are collected. */
export function observeBreaker(instance: string, state: () => keyof typeof STATES): StopObserving {
  const attributes: Attributes = { [ATTRIBUTES.instance]: instance };
  return observe(METRICS.breaker, (result) => result.observe(STATES[state()], attributes));
}

/** Reports the number of events in a queue whenever metrics are collected; nothing while the queue is unreachable. */
export function observeQueue(queue: string, counts: () => Promise<Readonly<Record<string, number>>>): StopObserving {
  return observe(METRICS.queueJobs, async (result) => {
    try {
      for (const [state, count] of Object.entries(await counts())) {
        result.observe(count, { [ATTRIBUTES.queue]: queue, [ATTRIBUTES.jobState]: state });
      }
    } catch {
      // The code that adds events to the queue reports that it is unreachable.
    }
  });
}

/** Work in the database that is not done. */
export interface DatabaseBacklog {
  /** Outcomes by result: received before their handlers ran, to be retried, dead. */
  outcomes: { received: number; failed: number; dead: number };
  /** After-commit work: pending, dead. */
  afterCommit: { pending: number; dead: number };
  /** How long the most overdue pending work has been due, in s; 0 if there is none. */
  lag: { outcomes: number; afterCommit: number; reconciler: number };
  orders: {
    /** Creates with an unknown outcome. */
    unknownCreates: number;
    /** Age of the oldest order without a final state, in s; 0 if there is none. */
    oldestPending: number;
  };
  schemaVersion: number;
}

/**
 * Reports unfinished work in the database whenever metrics are collected. While the database is unreachable, only that
 * is reported; SDKs then repeat the last values, or report nothing.
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
