import { TerminusModule } from '@nestjs/terminus';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { DEFAULT_MERCHANT } from '../../sandbox/gateway/options.js';
import { pass2payHealthIndicator } from '../../lib/terminus/index.js';
import { Pass2PaySandboxModule } from '../../sandbox/nest/index.js';
import { startTestSandbox, type TestSandbox } from '../../sandbox/testing/index.js';
import { entered } from '../sandbox/support/entered.js';
import { startApp, type RunningApp } from '../support/nest-app.js';
import { TestClock } from '../support/test-clock.js';
import { startHealthApp, type HealthApp } from './support/health-app.js';

const clock = TestClock.install();
afterAll(() => clock.uninstall());

let sandbox: TestSandbox;
let running: RunningApp;
let check: HealthApp['check'];

async function open(options: Partial<Pass2PayOptions> = {}): Promise<void> {
  ({ sandbox, check, ...running } = await startHealthApp(options));
}
afterEach(() => running.app.close());

const queries = () => sandbox.gateway.requests.filter(({ endpoint }) => endpoint === 'query');
const cashier = () => running.app.get(CashierService, { strict: false });
const order = (mchOrderNo: string) => ({ mchOrderNo, amount: 5, custNo: 'C1', registerTime: new Date() });

describe('the health of the gateway', () => {
  it('is asked for once, however many checks there are, where no call has shown it', async () => {
    await open();
    const results = await Promise.all(Array.from({ length: 5 }, () => check()));
    expect(results.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(results[0]!.report.gateway).toMatchObject({ status: 'up', circuit: 'closed', secondsSinceResponse: 0 });
    await check();
    expect(queries()).toHaveLength(1);
    expect(JSON.parse(queries()[0]!.body)).toMatchObject({ mchOrderNo: 'pass2pay-health-check' });
  });

  it('is known from calls, without asking', async () => {
    await open();
    await cashier().createOrder(order('O1'));
    await clock.tick(3_000);
    expect((await check()).report.gateway).toMatchObject({ status: 'up', secondsSinceResponse: 3 });
    expect(queries()).toHaveLength(0);
  });

  it('is asked for again after the interval, and never where that is 0', async () => {
    await open();
    expect((await check({ probeEveryMs: 0 })).report.gateway).toEqual({ status: 'up', circuit: 'closed' });
    expect(queries()).toHaveLength(0);
    await check({ probeEveryMs: 5_000 });
    await clock.tick(4_999);
    await check({ probeEveryMs: 5_000 });
    expect(queries()).toHaveLength(1);
    await clock.tick(1);
    await check({ probeEveryMs: 5_000 });
    expect(queries()).toHaveLength(2);
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
      lastFailure: { code: 'PASS2PAY_BAD_RESPONSE' },
    });
    expect(queries()).toHaveLength(1);
  });

  it('is down where the probe fails, and up again with the next answer', async () => {
    await open();
    sandbox.gateway.inject({ kind: 'reset-before', endpoint: 'query' });
    const { status, report } = await check();
    expect([status, report.gateway.status, report.gateway.reason]).toEqual([503, 'down', 'PASS2PAY_CONNECTION']);
    await clock.tick(1);
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
    const first = check({ timeoutMs: 50 });
    await entered(sandbox.gateway, (entry) => entry.type === 'request' && entry.fault === 'lost');
    await clock.tick(50);
    expect((await first).report.gateway).toEqual({ status: 'up', circuit: 'closed' });
    await clock.tick(250);
    expect((await check({ timeoutMs: 50 })).report.gateway.reason).toBe('PASS2PAY_TIMEOUT');
    expect(queries()).toHaveLength(1);
  });

  it('does not fail the check where it is not required', async () => {
    await open();
    sandbox.gateway.inject({ kind: 'reset-before', endpoint: 'query' });
    const { status, report } = await check({ required: ['store', 'queue'] });
    expect([status, report.gateway.status]).toEqual([200, 'down']);
  });
});

it('the indicator of a named instance reports on that instance', async () => {
  const EuropeIndicator = pass2payHealthIndicator('eu');
  sandbox = await startTestSandbox();
  const module = Pass2PayModule.forRoot({ ...sandbox.options, name: 'eu' });
  running = await startApp({
    imports: [module, Pass2PaySandboxModule.register(sandbox), TerminusModule],
    providers: [EuropeIndicator],
  });
  expect(await running.app.get(EuropeIndicator).isHealthy('eu')).toMatchObject({ eu: { status: 'up' } });
  expect(queries()).toHaveLength(1);
});
