import { Controller, Get, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { BullMqOutcomeQueue } from '../../lib/bullmq/index.js';
import { CashierService } from '../../lib/cashier/cashier.service.js';
import type { HealthReport } from '../../lib/health/pass2pay-health.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { RedisOutcomeStore } from '../../lib/redis/index.js';
import { DEFAULT_MERCHANT } from '../../lib/sandbox/options.js';
import {
  Pass2PayHealthIndicator,
  pass2payHealthIndicator,
  type Pass2PayHealthOptions,
} from '../../lib/terminus/index.js';
import { startTestSandbox, type TestSandbox } from '../../lib/testing/index.js';
import { until } from '../bullmq/support/wait.js';
import { describeWithOwnRedis, OwnRedis } from '../redis/support/own-redis.js';
import { startApp, type RunningApp } from '../support/nest-app.js';

/** Long enough for a busy machine. */
const PATIENT = { timeoutMs: 10_000 };

let checks: Pass2PayHealthOptions = PATIENT;

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

let sandbox: TestSandbox;
let running: RunningApp;

async function open(options: Partial<Pass2PayOptions> = {}): Promise<void> {
  sandbox = await startTestSandbox();
  const module = Pass2PayModule.forRoot({ ...sandbox.options, retries: 0, ...options, isGlobal: true });
  running = await startApp({ imports: [module, sandbox.module, HealthModule] });
}
afterEach(async () => {
  checks = PATIENT;
  await running.app.close();
});

async function check(): Promise<{ status: number; report: HealthReport; text: string }> {
  const response = await fetch(`${running.url}/health`);
  const text = await response.text();
  const { details } = JSON.parse(text) as { details: { pass2pay: HealthReport } };
  return { status: response.status, report: details.pass2pay, text };
}

const queries = () => sandbox.gateway.requests.filter(({ endpoint }) => endpoint === 'query');
const cashier = () => running.app.get(CashierService, { strict: false });
const order = (mchOrderNo: string) => ({ mchOrderNo, amount: 5, custNo: 'C1', registerTime: new Date() });

describe('the health of the gateway', () => {
  it('is asked for once, however many checks there are, where no call has shown it', async () => {
    await open();
    const results = await Promise.all(Array.from({ length: 5 }, check));
    expect(results.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(results[0]!.report.gateway).toMatchObject({ status: 'up', circuit: 'closed', secondsSinceAnswer: 0 });
    await check();
    expect(queries()).toHaveLength(1);
    expect(JSON.parse(queries()[0]!.body)).toMatchObject({ mchOrderNo: 'pass2pay-health-check' });
  });

  it('is known from calls, without asking', async () => {
    await open();
    await cashier().createOrder(order('O1'));
    expect((await check()).report.gateway).toMatchObject({ status: 'up', secondsSinceAnswer: 0 });
    expect(queries()).toHaveLength(0);
  });

  it('is asked for again after the interval, and never where that is 0', async () => {
    await open();
    checks = { ...PATIENT, probeEveryMs: 0 };
    expect((await check()).report.gateway).toEqual({ status: 'up', circuit: 'closed' });
    expect(queries()).toHaveLength(0);
    checks = { ...PATIENT, probeEveryMs: 1 };
    await check();
    await until(async () => {
      await check();
      return queries().length >= 3;
    });
  });

  it('is down while the circuit is open, and tells what went wrong last', async () => {
    await open({ circuitBreaker: { failures: 1, halfOpenAfterMs: 600_000 } });
    sandbox.gateway.inject({ kind: 'http-500', endpoint: 'query' });
    await expect(cashier().queryOrder({ mchOrderNo: 'O1' })).rejects.toThrow();
    const { status, report } = await check();
    expect(status).toBe(503);
    expect(report.gateway).toMatchObject({
      status: 'down',
      circuit: 'open',
      reason: 'PASS2PAY_CIRCUIT_OPEN',
      lastFailure: { code: 'PASS2PAY_BAD_ANSWER' },
    });
    expect(queries()).toHaveLength(1);
  });

  it('is down where the probe fails, and up again with the next answer', async () => {
    await open();
    sandbox.gateway.inject({ kind: 'reset-before', endpoint: 'query' });
    const { status, report } = await check();
    expect([status, report.gateway.status, report.gateway.reason]).toEqual([503, 'down', 'PASS2PAY_CONNECTION']);
    await cashier().createOrder(order('O1'));
    expect((await check()).status).toBe(200);
  });

  it('is down where the gateway refuses the secret, which is not shown', async () => {
    const secrets = 'a-wrong-secret-0123456789';
    await open({ merchants: [{ mchNo: DEFAULT_MERCHANT.mchNo, appId: DEFAULT_MERCHANT.appId, secrets }] });
    const { status, report, text } = await check();
    expect(status).toBe(503);
    expect(report.gateway.reason).toMatch(/^PASS2PAY_API: .*secret/);
    expect(text).not.toContain(secrets);
    expect(text).not.toContain(DEFAULT_MERCHANT.secret);
  });

  it('is told within the time given, however long the gateway takes', async () => {
    await open({ timeoutMs: 300 });
    sandbox.gateway.inject({ kind: 'lost', endpoint: 'query' });
    checks = { timeoutMs: 50 };
    expect((await check()).report.gateway).toEqual({ status: 'up', circuit: 'closed' });
    await until(async () => (await check()).report.gateway.reason === 'PASS2PAY_TIMEOUT');
    expect(queries()).toHaveLength(1);
  });

  it('does not fail the check where it is not required', async () => {
    await open();
    sandbox.gateway.inject({ kind: 'reset-before', endpoint: 'query' });
    checks = { ...PATIENT, required: ['store', 'queue'] };
    const { status, report } = await check();
    expect([status, report.gateway.status]).toEqual([200, 'down']);
  });
});

it('the indicator of a named instance reports on that instance', async () => {
  const EuropeIndicator = pass2payHealthIndicator('eu');
  sandbox = await startTestSandbox();
  const module = Pass2PayModule.forRoot({ ...sandbox.options, name: 'eu' });
  running = await startApp({ imports: [module, sandbox.module, TerminusModule], providers: [EuropeIndicator] });
  expect(await running.app.get(EuropeIndicator).isHealthy('eu', PATIENT)).toMatchObject({ eu: { status: 'up' } });
  expect(queries()).toHaveLength(1);
});

describeWithOwnRedis('the health of store and queue', () => {
  it('follows Redis as it stops, hangs and comes back', async () => {
    const redis = await OwnRedis.start();
    const client = new Redis(redis.url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
    client.on('error', () => {});
    try {
      await open({
        outcomeStore: new RedisOutcomeStore({ client }),
        outcomeQueue: new BullMqOutcomeQueue({ connection: { url: redis.url }, name: 'health' }),
      });
      checks = { timeoutMs: 300 };
      const parts = async () => {
        const { status, report } = await check();
        return [status, report.store?.status, report.queue?.status].join(' ');
      };
      await until(async () => (await parts()) === '200 up up');
      redis.freeze();
      expect(await parts()).toBe('503 down down');
      expect((await check()).report.store).toEqual({ status: 'down', reason: 'no answer within 300 ms' });
      redis.thaw();
      await until(async () => (await parts()) === '200 up up');
      await redis.stop();
      expect(await parts()).toBe('503 down down');
      await redis.start();
      await until(async () => (await parts()) === '200 up up', 20_000);
    } finally {
      client.disconnect();
      await running.app.close();
      await redis.remove();
    }
  }, 60_000);
});
