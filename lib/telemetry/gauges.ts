import type { Attributes, ObservableCallback } from '@opentelemetry/api';
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

function observe(
  { name, unit, description }: { name: string; unit: string; description: string },
  callback: ObservableCallback,
): StopObserving {
  const gauge = meter()?.createObservableGauge(name, { description, ...(unit !== '' && { unit }) });
  gauge?.addCallback(callback);
  return () => gauge?.removeCallback(callback);
}
