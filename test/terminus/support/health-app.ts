import { Controller, Get, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import type { HealthReport } from '../../../lib/health/pass2pay-health.js';
import { Pass2PayModule } from '../../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../../lib/pass2pay.options.js';
import { Pass2PayHealthIndicator, type Pass2PayHealthOptions } from '../../../lib/terminus/index.js';
import { Pass2PaySandboxModule } from '../../../sandbox/nest/index.js';
import { startTestSandbox, type TestSandbox } from '../../../sandbox/testing/index.js';
import { startApp, type RunningApp } from '../../support/nest-app.js';

let checks: Pass2PayHealthOptions = {};

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly pass2pay: Pass2PayHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.pass2pay.isHealthy('pass2pay', checks)]);
  }
}

@Module({ imports: [TerminusModule], controllers: [HealthController], providers: [Pass2PayHealthIndicator] })
class HealthModule {}

interface HealthResponse {
  status: number;
  report: HealthReport;
  text: string;
}

export interface HealthApp extends RunningApp {
  sandbox: TestSandbox;
  check: (options?: Pass2PayHealthOptions) => Promise<HealthResponse>;
}

/** An application whose `/health` tells how its gateway, store and queue are. */
export async function startHealthApp(options: Partial<Pass2PayOptions> = {}): Promise<HealthApp> {
  const sandbox = await startTestSandbox();
  const module = Pass2PayModule.forRoot({ ...sandbox.options, retries: 0, ...options, isGlobal: true });
  const running = await startApp({ imports: [module, Pass2PaySandboxModule.register(sandbox), HealthModule] });
  const check = async (asked: Pass2PayHealthOptions = {}) => {
    checks = asked;
    const response = await fetch(`${running.url}/health`);
    const text = await response.text();
    const { details } = JSON.parse(text) as { details: { pass2pay: HealthReport } };
    return { status: response.status, report: details.pass2pay, text };
  };
  return { ...running, sandbox, check };
}
