import { Inject, Injectable, mixin, type Type } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Pass2PayHealth, type HealthCheckOptions, type HealthReport } from '../health/pass2pay-health.js';
import { getPass2PayToken } from '../pass2pay.tokens.js';

export interface Pass2PayHealthOptions extends HealthCheckOptions {
  /** The parts that must be up; the others are only reported. Defaults to all. */
  required?: readonly (keyof HealthReport)[];
}

/**
 * Health indicator for @nestjs/terminus of the gateway, the outcome store, the queue and the database: `check([() =>
 * this.pass2pay.isHealthy('pass2pay')])`.
 */
@Injectable()
export class Pass2PayHealthIndicator {
  constructor(
    private readonly health: Pass2PayHealth,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** Queries the gateway at most once per `probeEveryMs`, and takes at most `timeoutMs`. */
  async isHealthy<Key extends string>(
    key: Key,
    { required = ['gateway', 'store', 'queue', 'database'], ...options }: Pass2PayHealthOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const report = await this.health.report(options);
    const indicator = this.indicators.check(key);
    const isDown = required.some((part) => report[part]?.status === 'down');
    return isDown ? indicator.down({ ...report }) : indicator.up({ ...report });
  }
}

/** The indicator of a named instance of the module; without a name, `Pass2PayHealthIndicator`. */
export function pass2payHealthIndicator(instance?: string): Type<Pass2PayHealthIndicator> {
  if (instance === undefined) return Pass2PayHealthIndicator;
  @Injectable()
  class NamedPass2PayHealthIndicator extends Pass2PayHealthIndicator {
    constructor(
      @Inject(getPass2PayToken(Pass2PayHealth, instance)) health: Pass2PayHealth,
      indicators: HealthIndicatorService,
    ) {
      super(health, indicators);
    }
  }
  return mixin(NamedPass2PayHealthIndicator);
}
