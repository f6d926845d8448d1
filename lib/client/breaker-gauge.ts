import { observeBreaker, type StopObserving } from '../telemetry/gauges.js';
import type { CircuitBreaker } from './policies/circuit-breaker.js';

/** Reports the circuit breaker's state to metrics while the application runs. */
export class BreakerGauge {
  private stop: StopObserving | undefined;

  /** @param instance the name of the module's instance */
  constructor(
    private readonly breaker: CircuitBreaker,
    private readonly instance = 'default',
  ) {}

  onApplicationBootstrap(): void {
    this.stop = observeBreaker(this.instance, () => this.breaker.state);
  }

  onModuleDestroy(): void {
    this.stop?.();
  }
}
