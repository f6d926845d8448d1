import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { observeBreaker, type StopObserving } from '../telemetry/gauges.js';
import type { Resilience } from './resilience.js';

/** Shows the circuit breaker's state to metrics for as long as the application runs. */
export class BreakerGauge implements OnApplicationBootstrap, OnModuleDestroy {
  private stop: StopObserving | undefined;

  /** @param instance the name of the module's instance */
  constructor(
    private readonly resilience: Resilience,
    private readonly instance = 'default',
  ) {}

  onApplicationBootstrap(): void {
    this.stop = observeBreaker(this.instance, () => this.resilience.circuit);
  }

  onModuleDestroy(): void {
    this.stop?.();
  }
}
