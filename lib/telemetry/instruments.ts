import {
  createNoopMeter,
  metrics,
  type Counter,
  type Histogram,
  type Meter,
  type MeterProvider,
} from '@opentelemetry/api';
import { METRICS, SCOPE } from './names.js';

/** The instruments of the module. */
export interface Instruments {
  requestDuration: Histogram;
  calls: Counter;
  errors: Counter;
  retries: Counter;
  unknownEnded: Counter;
  notifies: Counter;
  outcomes: Counter;
  lag: Histogram;
  handlerDuration: Histogram;
  reconciled: Counter;
}

/** In seconds; the first row is from the semantic conventions for HTTP. */
const SHORT = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const LONG = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400];

let provider: MeterProvider | undefined;
let made: Instruments | undefined;

/** The instruments; undefined if no SDK is registered, so that disabled telemetry costs nothing. */
export function instruments(): Instruments | undefined {
  const current = metrics.getMeterProvider();
  // An SDK that is registered or replaced after the first use is found too.
  if (current !== provider) {
    provider = current;
    const registered = meter();
    made = registered && make(registered);
  }
  return made;
}

/** The meter of the registered SDK; undefined if there is none. */
export function meter(): Meter | undefined {
  const current = metrics.getMeterProvider().getMeter(SCOPE);
  return current === createNoopMeter() ? undefined : current;
}

function make(from: Meter): Instruments {
  const counter = ({ name, ...options }: (typeof METRICS)[keyof typeof METRICS]) => from.createCounter(name, options);
  const histogram = (
    { name, ...options }: (typeof METRICS)[keyof typeof METRICS],
    explicitBucketBoundaries: number[],
  ) => from.createHistogram(name, { ...options, advice: { explicitBucketBoundaries } });
  return {
    requestDuration: histogram(METRICS.requestDuration, SHORT),
    calls: counter(METRICS.calls),
    errors: counter(METRICS.errors),
    retries: counter(METRICS.retries),
    unknownEnded: counter(METRICS.unknownEnded),
    notifies: counter(METRICS.notifies),
    outcomes: counter(METRICS.outcomes),
    lag: histogram(METRICS.lag, LONG),
    handlerDuration: histogram(METRICS.handlerDuration, SHORT),
    reconciled: counter(METRICS.reconciled),
  };
}
