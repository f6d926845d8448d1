import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { metrics, type MeterProvider, type ObservableCallback } from '@opentelemetry/api';
import { BreakerGauge } from '../../lib/client/breaker-gauge.js';
import type { CircuitBreaker } from '../../lib/client/policies/circuit-breaker.js';

const callbacks = new Set<ObservableCallback>();
const gauge = {
  addCallback: (callback: ObservableCallback) => callbacks.add(callback),
  removeCallback: (callback: ObservableCallback) => callbacks.delete(callback),
};
metrics.setGlobalMeterProvider({
  getMeter: () => ({ createObservableGauge: () => gauge }),
} as unknown as MeterProvider);
beforeEach(() => callbacks.clear());
afterAll(() => metrics.disable());

/** What is reported when metrics are collected. */
function collect(): unknown[] {
  const observed: unknown[] = [];
  for (const callback of callbacks) {
    void callback({ observe: (value, attributes) => observed.push([value, attributes]) });
  }
  return observed;
}

describe('the gauge of the circuit breaker', () => {
  it.each<[CircuitBreaker['state'], number]>([
    ['closed', 0],
    ['half-open', 1],
    ['open', 2],
  ])('reports that the circuit is %s while the application runs', (state, value) => {
    const breaker = { state: 'closed' as CircuitBreaker['state'] };
    const reported = new BreakerGauge(breaker as CircuitBreaker);
    expect(collect()).toHaveLength(0);
    reported.onApplicationBootstrap();
    breaker.state = state;
    expect(collect()).toEqual([[value, { 'pass2pay.instance': 'default' }]]);
    reported.onModuleDestroy();
    expect(collect()).toHaveLength(0);
  });

  it('names the module’s instance', () => {
    new BreakerGauge({ state: 'open' } as CircuitBreaker, 'shop').onApplicationBootstrap();
    expect(collect()).toEqual([[2, { 'pass2pay.instance': 'shop' }]]);
  });

  it('may end before it has started', () => {
    expect(() => new BreakerGauge({ state: 'open' } as CircuitBreaker).onModuleDestroy()).not.toThrow();
  });
});
