// Real time: the jobs of a real BullMQ queue are looked at until they are counted.
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { Controller, Injectable } from '@nestjs/common';
import { SpanKind, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import Libsql from 'libsql';
import { BullMqOutcomeQueue } from '../../lib/bullmq/index.js';
import { jobIdOf } from '../../lib/bullmq/outcome-job.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { SCHEMA_VERSION } from '../../lib/database/schema/migrations.js';
import { sqliteDatabase } from '../../lib/database/adapters/sqlite.js';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { OnMismatch, OnPayment } from '../../lib/outcomes/handler.decorators.js';
import type { MerchantOrders } from '../../lib/outcomes/merchant-orders.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { PaymentService } from '../../lib/payments/payment.service.js';
import { DEFAULT_MERCHANT } from '../../sandbox/gateway/options.js';
import { ATTRIBUTES, METRICS, SPANS } from '../../lib/telemetry/names.js';
import { Pass2PaySandboxModule } from '../../sandbox/nest/index.js';
import { signedPaymentNotify, startTestSandbox, type TestSandbox } from '../../sandbox/testing/index.js';
import { TransferService } from '../../lib/transfers/transfer.service.js';
import { paid } from '../bullmq/support/events.js';
import { redisPlace } from '../bullmq/support/queue-places.js';
import { until } from '../bullmq/support/wait.js';
import { PLATFORMS, startApp, type Platform, type RunningApp } from '../support/nest-app.js';
import { describeWithRedis } from '../support/services.js';
import { RecordingSdk } from './support/recording-sdk.js';

const sdk = new RecordingSdk();
beforeAll(() => sdk.start());
afterAll(() => sdk.stop());

@Controller('pay')
class NotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  payment(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

let failures = 0;
const traceIds: (string | undefined)[] = [];

@Injectable()
class Shop {
  @OnPayment()
  paid(_payment: PaymentOutcome) {
    traceIds.push(trace.getActiveSpan()?.spanContext().traceId);
    if (failures-- > 0) throw new Error('the payer 李四 has phoned');
  }

  @OnMismatch()
  look() {}
}

const payer = { custNo: 'C200492312', registerTime: new Date(), clientIp: '210.73.10.148' };
const known = { userName: '张三', mbrTel: '13812341234', idNo: '320681198603213312' };
const order = (mchOrderNo: string) => ({
  mchOrderNo,
  amount: 10_031,
  custNo: payer.custNo,
  registerTime: payer.registerTime,
});

let sandbox: TestSandbox;
let running: RunningApp | undefined;

async function open(
  options: Partial<Pass2PayOptions> = {},
  { platform = 'express', path = '/pay/notify' }: { platform?: Platform; path?: string } = {},
): Promise<RunningApp> {
  const paths = { notifyPath: path, transferNotifyPath: '/pay/none' };
  sandbox = await startTestSandbox({ ...paths, notifyTimeoutMs: 60_000 });
  const module = Pass2PayModule.forRoot({
    ...sandbox.options,
    maxRetryDelayMs: 1,
    notifyPath: 'built-in/notify',
    ...options,
  });
  const imports = [module, Pass2PaySandboxModule.register(sandbox)];
  running = await startApp(
    { imports, controllers: [NotifyController], providers: [Shop] },
    { platform, rawBody: true },
  );
  return running;
}
afterEach(async () => {
  await running?.app.close();
  running = undefined;
  failures = 0;
});

const get = <T>(type: new (...args: never[]) => T) => running!.app.get<T>(type, { strict: false });

const notify = (...given: Parameters<typeof signedPaymentNotify>): Promise<number> => notifyAt('/pay/notify', ...given);

async function notifyAt(path: string, ...given: Parameters<typeof signedPaymentNotify>): Promise<number> {
  const { headers, body } = signedPaymentNotify(...given);
  return (await fetch(`${running!.url}${path}`, { method: 'POST', headers, body })).status;
}

const isAbout =
  (mchOrderNo: string) =>
  ({ attributes }: ReturnType<typeof sdk.named>[number]) =>
    attributes[ATTRIBUTES.mchOrderNo] === mchOrderNo;

/** The one span of this name about the order. */
function spanOf(name: string, mchOrderNo: string) {
  const found = sdk.named(name).filter(isAbout(mchOrderNo));
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('a call of the gateway', () => {
  it('is a client span by the conventions of HTTP, within that of its order', async () => {
    await open();
    const { traceId: gatewayTrace } = await get(CashierService).createOrder(order('T1'));
    const request = spanOf('POST /api/pay/cashierOrder', 'T1');
    const { port } = new URL(sandbox.gateway.url);
    expect(request.kind).toBe(SpanKind.CLIENT);
    expect(request.status.code).toBe(0);
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'server.address': '127.0.0.1',
      'server.port': Number(port),
      'url.full': `${sandbox.gateway.url}/api/pay/cashierOrder`,
      'http.response.status_code': 200,
      [ATTRIBUTES.endpoint]: 'cashierOrder',
      [ATTRIBUTES.outcome]: 'ok',
      [ATTRIBUTES.mchNo]: DEFAULT_MERCHANT.mchNo,
      [ATTRIBUTES.appId]: DEFAULT_MERCHANT.appId,
      [ATTRIBUTES.mchOrderNo]: 'T1',
      ...(gatewayTrace !== undefined && { [ATTRIBUTES.traceId]: gatewayTrace }),
    });
    const create = spanOf(SPANS.create, 'T1');
    expect(request.parentSpanContext?.spanId).toBe(create.spanContext().spanId);
    expect(create.attributes).toMatchObject({ [ATTRIBUTES.outcome]: 'made', [ATTRIBUTES.retries]: 0 });
    const ok = { [ATTRIBUTES.endpoint]: 'cashierOrder', [ATTRIBUTES.outcome]: 'ok' };
    expect(await sdk.total(METRICS.calls.name, ok)).toBe(1);
    expect(await sdk.total(METRICS.requestDuration.name, ok)).toBe(1);
  });

  it('shows each repetition of a query', async () => {
    await open();
    await get(CashierService).createOrder(order('T2'));
    sandbox.gateway.inject({ kind: 'http-500', endpoint: 'query', mchOrderNo: 'T2' });
    const before = await sdk.total(METRICS.retries.name, { [ATTRIBUTES.operation]: 'query' });
    await get(CashierService).queryOrder({ mchOrderNo: 'T2' });
    const requests = sdk.named('POST /api/pay/query').filter((span) => span.attributes[ATTRIBUTES.mchOrderNo] === 'T2');
    expect(
      requests.map(({ attributes, status }) => [
        attributes['error.type'],
        attributes['http.request.resend_count'],
        status.code,
      ]),
    ).toEqual([
      ['500', undefined, 2],
      [undefined, 1, 0],
    ]);
    expect(requests[0]!.attributes[ATTRIBUTES.outcome]).toBe('PASS2PAY_BAD_RESPONSE');
    expect(await sdk.total(METRICS.retries.name, { [ATTRIBUTES.operation]: 'query' })).toBe(before + 1);
  });

  it('shows that a create was recovered, and one that was sent again', async () => {
    await open();
    sandbox.gateway.inject({ kind: 'reset-after', endpoint: 'unifiedOrder', mchOrderNo: 'T3' });
    sandbox.gateway.inject({ kind: 'reset-before', endpoint: 'unifiedOrder', mchOrderNo: 'T4' });
    const fields = { ...payer, ...known, wayCode: 'ALI_QR' };
    await get(PaymentService).createOrder({ ...order('T3'), ...fields });
    await get(PaymentService).createOrder({ ...order('T4'), ...fields });
    expect(spanOf(SPANS.create, 'T3').attributes).toMatchObject({ [ATTRIBUTES.outcome]: 'recovered' });
    expect(spanOf(SPANS.create, 'T4').attributes).toMatchObject({
      [ATTRIBUTES.outcome]: 'made',
      [ATTRIBUTES.retries]: 1,
    });
    expect(await sdk.total(METRICS.retries.name, { [ATTRIBUTES.operation]: 'create' })).toBeGreaterThanOrEqual(1);
  });

  it('counts errors by code, and a refusal by the gateway’s number too', async () => {
    await open();
    await expect(get(CashierService).queryOrder({ mchOrderNo: 'none' })).rejects.toThrow();
    const refused = { 'error.type': 'PASS2PAY_API', [ATTRIBUTES.gatewayCode]: 9999, [ATTRIBUTES.endpoint]: 'query' };
    expect(await sdk.total(METRICS.errors.name, refused)).toBeGreaterThanOrEqual(1);
    const span = spanOf('POST /api/pay/query', 'none');
    expect(span.status.code).toBe(0);
    expect(span.attributes).toMatchObject({ [ATTRIBUTES.outcome]: 'PASS2PAY_API', [ATTRIBUTES.gatewayCode]: 9999 });
  });

  it('shows the circuit breaker, and what it holds back', async () => {
    await open({ circuitBreaker: { failures: 2, halfOpenAfterMs: 600_000 }, retries: 0 });
    expect(await sdk.total(METRICS.breaker.name, { [ATTRIBUTES.instance]: 'default' })).toBe(0);
    sandbox.gateway.inject({ kind: 'http-500', endpoint: 'query', times: 2 });
    for (let i = 0; i < 3; i++) await expect(get(CashierService).queryOrder({ mchOrderNo: 'T5' })).rejects.toThrow();
    expect(await sdk.total(METRICS.breaker.name, { [ATTRIBUTES.instance]: 'default' })).toBe(2);
    expect(await sdk.total(METRICS.errors.name, { 'error.type': 'PASS2PAY_CIRCUIT_OPEN' })).toBe(1);
    const held = { [ATTRIBUTES.outcome]: 'PASS2PAY_CIRCUIT_OPEN' };
    expect(await sdk.total(METRICS.requestDuration.name, held)).toBe(0);
  });

  it('keeps its trace where it waits for another request to make room', async () => {
    await open({ maxConcurrent: 1 });
    const numbers = ['T6', 'T7', 'T8'];
    await Promise.all(numbers.map((number) => get(CashierService).createOrder(order(number))));
    for (const number of numbers) {
      const parent = spanOf(SPANS.create, number).spanContext();
      expect(spanOf('POST /api/pay/cashierOrder', number).parentSpanContext?.spanId).toBe(parent.spanId);
    }
  });
});

const routes = PLATFORMS.flatMap((platform) => ['/pay/notify', '/built-in/notify'].map((path) => ({ platform, path })));

describe.each(routes)('a notify to $path, on $platform,', ({ platform, path }) => {
  const no = (name: string) => `${name}-${platform}-${path.length}`;

  it('is a span from its verification to its answer, with its handlers in it', async () => {
    await open({}, { platform, path });
    await get(CashierService).createOrder(order(no('N1')));
    traceIds.length = 0;
    await sandbox.gateway.pay(no('N1'));
    await sandbox.gateway.notifySettled(no('N1'));
    await sdk.ended(SPANS.notify, isAbout(no('N1')));
    const span = spanOf(SPANS.notify, no('N1'));
    expect(span.kind).toBe(SpanKind.SERVER);
    expect(span.attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      [ATTRIBUTES.kind]: 'payment',
      [ATTRIBUTES.result]: 'accepted',
      [ATTRIBUTES.mchNo]: DEFAULT_MERCHANT.mchNo,
      [ATTRIBUTES.appId]: DEFAULT_MERCHANT.appId,
      [ATTRIBUTES.mchOrderNo]: no('N1'),
      [ATTRIBUTES.state]: 2,
    });
    const outcome = spanOf(SPANS.outcome, no('N1'));
    expect(outcome.parentSpanContext?.spanId).toBe(span.spanContext().spanId);
    expect(outcome.attributes).toMatchObject({ [ATTRIBUTES.result]: 'applied', [ATTRIBUTES.late]: false });
    const handler = sdk.named(SPANS.handler).at(-1)!;
    expect(handler.parentSpanContext?.spanId).toBe(outcome.spanContext().spanId);
    expect(handler.attributes).toMatchObject({ 'code.function.name': 'Shop.paid' });
    expect(traceIds).toEqual([span.spanContext().traceId]);
  });

  it('is a part of the application’s own span of the request', async () => {
    await open({}, { platform, path });
    const tracer = trace.getTracer('test');
    await tracer.startActiveSpan('own', async (own) => {
      // The same as an instrumentation does: a span that is active while the request is handled.
      const server = running!.app.getHttpServer() as { emit: (event: string, ...args: unknown[]) => boolean };
      const emit = server.emit.bind(server);
      server.emit = (event, ...args) =>
        event === 'request'
          ? tracer.startActiveSpan(`POST ${path}`, {}, () => emit(event, ...args))
          : emit(event, ...args);
      await notifyAt(path, { mchOrderNo: no('N2'), amount: 1 });
      own.end();
    });
    await sdk.ended(SPANS.notify, isAbout(no('N2')));
    const span = spanOf(SPANS.notify, no('N2'));
    expect(span.kind).toBe(SpanKind.INTERNAL);
    expect(span.parentSpanContext).toBeDefined();
  });

  it('is counted by why it was refused', async () => {
    await open({}, { platform, path });
    const refused = { [ATTRIBUTES.result]: 'refused', [ATTRIBUTES.kind]: 'payment' };
    const before = await sdk.total(METRICS.notifies.name, { ...refused, [ATTRIBUTES.reason]: 'bad-signature' });
    const forger = { ...DEFAULT_MERCHANT, secret: 'ponmlkjihgfedcba' };
    expect(await notifyAt(path, { mchOrderNo: 'N3', amount: 1 }, { merchant: forger })).toBe(401);
    expect(await notifyAt(path, { mchOrderNo: 'N3', amount: 1 }, { merchant: { ...forger, mchNo: 'M0' } })).toBe(401);
    expect(await sdk.total(METRICS.notifies.name, { ...refused, [ATTRIBUTES.reason]: 'bad-signature' })).toBe(
      before + 1,
    );
    expect(
      await sdk.total(METRICS.notifies.name, { ...refused, [ATTRIBUTES.reason]: 'unknown-merchant' }),
    ).toBeGreaterThan(0);
    const span = sdk.named(SPANS.notify).at(-1)!;
    expect(span.attributes).toMatchObject({ [ATTRIBUTES.result]: 'refused', [ATTRIBUTES.reason]: 'unknown-merchant' });
    expect(Object.values(span.attributes)).not.toContain('N3');
  });

  it('from an address that is not allowed is counted by that', async () => {
    await open({ allowedNotifyAddresses: ['203.0.113.0/24'] }, { platform, path });
    const refused = { [ATTRIBUTES.result]: 'refused', [ATTRIBUTES.reason]: 'address' };
    const before = await sdk.total(METRICS.notifies.name, refused);
    expect(await notifyAt(path, { mchOrderNo: 'N4', amount: 1 })).toBe(401);
    expect(await sdk.total(METRICS.notifies.name, refused)).toBe(before + 1);
    expect(sdk.named(SPANS.notify).at(-1)!.attributes).toMatchObject(refused);
  });
});

describe('events', () => {
  const count = (fitting: Readonly<Record<string, unknown>>) => sdk.total(METRICS.outcomes.name, fitting);

  it('is counted as delivered, duplicate, late and stale, with its lag', async () => {
    await open();
    const results = ['applied', 'duplicate', 'stale'].map((result) => ({ [ATTRIBUTES.result]: result }));
    const before = await Promise.all([...results, { [ATTRIBUTES.late]: true }].map(count));
    const lags = await sdk.total(METRICS.lag.name);
    const states = [OrderState.Closed, OrderState.Success, OrderState.Success, OrderState.Closed];
    for (const state of states) expect(await notify({ mchOrderNo: 'O1', amount: 1, state })).toBe(200);
    const after = await Promise.all([...results, { [ATTRIBUTES.late]: true }].map(count));
    expect(after.map((value, index) => value - before[index]!)).toEqual([2, 1, 1, 1]);
    expect(await sdk.total(METRICS.lag.name)).toBe(lags + 2);
  });

  it('is counted as failed where a handler throws, whose words are not shown', async () => {
    await open();
    failures = 1;
    expect(await notify({ mchOrderNo: 'O2', amount: 1 })).toBe(500);
    expect(await count({ [ATTRIBUTES.result]: 'failed' })).toBe(1);
    const handler = sdk.named(SPANS.handler).at(-1)!;
    expect(handler.status).toEqual({ code: 2 });
    expect(handler.attributes['error.type']).toBe('Error');
    expect(await sdk.total(METRICS.handlerDuration.name, { 'error.type': 'Error' })).toBe(1);
  });

  it('is counted as a mismatch, and where it comes from the reconciler', async () => {
    const merchantOrders: MerchantOrders = {
      find: async () => ({ amount: 10_031, currency: 'cny' }),
      pending: async () => [{ mchOrderNo: 'O4' }],
    };
    await open({ merchantOrders, reconcile: { enabled: false, afterMs: 0 } });
    await notify({ mchOrderNo: 'O3', amount: 1 });
    expect(await count({ [ATTRIBUTES.result]: 'mismatch' })).toBe(1);
    await get(CashierService).createOrder({ ...order('O4'), notifyUrl: 'http://127.0.0.1:9/none' });
    expect(await get(Reconciler).reconcileNow('O4')).toBe('pending');
    await sandbox.gateway.pay('O4');
    expect(await get(Reconciler).reconcileNow('O4')).toBe('applied');
    expect(await get(Reconciler).reconcileNow('none')).toBe('not-found');
    for (const result of ['pending', 'applied', 'not-found']) {
      expect(await sdk.total(METRICS.reconciled.name, { [ATTRIBUTES.result]: result })).toBe(1);
    }
    const reconcile = sdk.named(SPANS.reconcile).find((s) => s.attributes[ATTRIBUTES.result] === 'applied')!;
    expect(spanOf(SPANS.outcome, 'O4').parentSpanContext?.spanId).toBe(reconcile.spanContext().spanId);
  });

  it('is counted as of an unknown order, and not acknowledged', async () => {
    await open({ merchantOrders: { find: async () => null, pending: async () => [] }, reconcile: { enabled: false } });
    const result = { [ATTRIBUTES.result]: 'unknown-order' };
    expect(await notify({ mchOrderNo: 'O5', amount: 1 })).toBe(503);
    expect(await count(result)).toBe(1);
    expect(spanOf(SPANS.outcome, 'O5').attributes).toMatchObject(result);
    await get(CashierService).createOrder({ ...order('O6'), notifyUrl: 'http://127.0.0.1:9/none' });
    await sandbox.gateway.pay('O6');
    await expect(get(Reconciler).reconcileNow('O6')).rejects.toMatchObject({ status: 503 });
    expect(await sdk.total(METRICS.reconciled.name, result)).toBe(1);
  });
});

await describeWithRedis('events in a queue', () => {
  it('is handled in a trace that is linked to its notify’s, also where an old process has queued it', async () => {
    const place = await redisPlace();
    const outcomeQueue = new BullMqOutcomeQueue({ ...place.options, name: 'telemetry' });
    await open({ outcomeQueue });
    expect(await notify({ mchOrderNo: 'Q1', amount: 1 })).toBe(200);
    await sdk.ended(SPANS.process, isAbout('Q1'));
    const enqueue = spanOf(SPANS.enqueue, 'Q1');
    const process = spanOf(SPANS.process, 'Q1');
    expect([enqueue.kind, process.kind]).toEqual([SpanKind.PRODUCER, SpanKind.CONSUMER]);
    expect(process.links.map(({ context }) => context.spanId)).toEqual([enqueue.spanContext().spanId]);
    expect(process.spanContext().traceId).not.toBe(enqueue.spanContext().traceId);
    expect(spanOf(SPANS.outcome, 'Q1').parentSpanContext?.spanId).toBe(process.spanContext().spanId);

    const { data } = paid('Q2');
    const bull = new Queue('telemetry', place.options as never);
    await bull.add(
      'payment',
      { kind: 'payment', data: JSON.stringify(data), source: 'notify' },
      { jobId: jobIdOf(paid('Q2')) },
    );
    await sdk.ended(SPANS.process, isAbout('Q2'));
    expect(spanOf(SPANS.process, 'Q2').links).toEqual([]);

    await until(async () => (await outcomeQueue.counts()).completed === 2, 50_000);
    const queued = (state: string) =>
      sdk.total(METRICS.queueJobs.name, { [ATTRIBUTES.queue]: 'telemetry', [ATTRIBUTES.jobState]: state });
    expect([await queued('completed'), await queued('failed')]).toEqual([2, 0]);
    await bull.close();
    await running!.app.close();
    running = undefined;
    await place.drop();
  });
});

describe('the database', () => {
  const work = (kind: string, state: string) =>
    sdk.total(METRICS.databaseWork.name, { [ATTRIBUTES.work]: kind, [ATTRIBUTES.workState]: state });

  it('shows what is not done, and that it is away', async () => {
    const connection = new Libsql(':memory:');
    const database = sqliteDatabase(connection);
    await ensureSchema(database);
    await open({ database, databaseLimits: { maxAttempts: 1 } });
    await get(CashierService).createOrder(order('D1'));
    await database.execute("UPDATE pass2pay_order SET status = 'unknown', response = NULL");
    await get(CashierService).createOrder(order('D1'));
    expect(await sdk.total(METRICS.unknownEnded.name, { [ATTRIBUTES.by]: 'create' })).toBe(1);
    failures = 1;
    await sandbox.gateway.pay('D1');
    await sandbox.gateway.notifySettled('D1');
    // The second attempt has applied it.
    expect([await work('outcome', 'dead'), await work('after-commit', 'pending')]).toEqual([0, 0]);
    expect(await sdk.total(METRICS.databaseSchema.name, { [ATTRIBUTES.instance]: 'default' })).toBe(SCHEMA_VERSION);

    await database.execute("UPDATE pass2pay_outcome SET result = 'failed', due_at = 1");
    expect(await work('outcome', 'failed')).toBe(1);
    expect(await sdk.total(METRICS.databaseLag.name, { [ATTRIBUTES.work]: 'outcome' })).toBeGreaterThan(1_000_000_000);

    expect(await sdk.total(METRICS.unknownCreates.name, { [ATTRIBUTES.instance]: 'default' })).toBe(0);
    const made = "'payment', 'M1', 'A1', 100, 'cny'";
    await database.execute(
      `INSERT INTO pass2pay_order (instance, compared_no, mch_order_no, kind, mch_no, app_id, amount, currency, status, created_at, next_check_at, checks) VALUES ('', 'd2', 'D2', ${made}, 'created', 1, 1, 0), ('', 'd3', 'D3', ${made}, 'unknown', 1, 1, 0)`,
    );
    expect(await sdk.total(METRICS.unknownCreates.name, { [ATTRIBUTES.instance]: 'default' })).toBe(1);
    expect(await sdk.total(METRICS.oldestPending.name, { [ATTRIBUTES.instance]: 'default' })).toBeGreaterThan(
      1_000_000_000,
    );
    expect(await sdk.total(METRICS.databaseLag.name, { [ATTRIBUTES.work]: 'reconcile' })).toBeGreaterThan(
      1_000_000_000,
    );

    await database.execute('ALTER TABLE pass2pay_outcome RENAME TO away');
    expect(await sdk.total(METRICS.databaseUp.name)).toBe(0);
    const scraped = await sdk.scrape();
    expect(scraped).toMatch(/^pass2pay_database_up\{.*\} 0$/m);
    expect(scraped).toContain('pass2pay_client_circuit_breaker_state');
    await database.execute('ALTER TABLE away RENAME TO pass2pay_outcome');
    expect([await work('outcome', 'failed'), await sdk.total(METRICS.databaseUp.name)]).toEqual([1, 1]);
    await running!.app.close();
    running = undefined;
    connection.close();
  });
});

describe('all that was recorded', () => {
  const dashboard = readFileSync(new URL('../../docs/grafana/pass2pay.json', import.meta.url), 'utf8');
  const document = readFileSync(new URL('../../docs/telemetry.md', import.meta.url), 'utf8');
  const tableNames = (heading: string) => {
    const section = document.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
    return Array.from(section.matchAll(/^\| `([^`]+)`/gm), ([, name]) => name!);
  };

  it('holds nothing of the payer, no secret and no signature', async () => {
    await open();
    const accountNo = '6222020200112233445';
    const fields = { ...payer, wayCode: 'ALI_QR', ...known };
    await get(PaymentService).createOrder({ ...order('L1'), ...fields });
    await get(TransferService).createTransfer({
      mchOrderNo: 'L2',
      amount: 5,
      custNo: 'C1',
      clientIp: '210.73.10.148',
      accountNo,
      accountName: '张三',
    });
    await sandbox.gateway.pay('L1');
    await sandbox.gateway.notifySettled('L1');
    const shown = sdk.spans.map(({ name, attributes, events, links, status }) => ({
      name,
      attributes,
      events,
      links,
      status,
    }));
    const all = inspect([shown, await sdk.points()], { depth: 12, maxArrayLength: null }) + (await sdk.scrape());
    expect(all).toContain('L1');
    for (const secret of [
      '李四',
      ...Object.values(known),
      accountNo,
      payer.clientIp,
      payer.custNo,
      DEFAULT_MERCHANT.secret,
    ]) {
      expect(all).not.toContain(secret);
    }
    const signatures = sandbox.gateway.requests.map(({ body }) => (JSON.parse(body) as { sign: string }).sign);
    expect(signatures.length).toBeGreaterThan(0);
    for (const signature of signatures) expect(all).not.toContain(signature);
  });

  it('has the names that docs/telemetry.md lists, and no others', async () => {
    const points = await sdk.points();
    expect(new Set(points.map(({ name }) => name))).toEqual(new Set(tableNames('Metrics')));
    expect(tableNames('Metrics')).toEqual(Object.values(METRICS).map(({ name }) => name));
    const spanNames = sdk.spans
      .filter((s) => s.instrumentationScope.name === 'nestjs-pass2pay')
      .map(({ name }) => name);
    const normal = spanNames.map((name) => name.replace(/^POST \/.*/, 'POST {path}'));
    expect(new Set(normal)).toEqual(new Set(tableNames('Spans')));
    const used = new Set([...sdk.spans, ...points].flatMap(({ attributes }) => Object.keys(attributes)));
    expect([...used].filter((name) => !tableNames('Attributes').includes(name))).toEqual([]);
    expect(tableNames('Attributes').filter((name) => !used.has(name))).toEqual([]);
  });

  it('has the names and labels that the Grafana dashboard asks for', async () => {
    const text = await sdk.scrape();
    const series = Array.from(text.matchAll(/^(pass2pay_\w+)(?:\{(.*)\})? /gm), ([, name, labels]) => ({
      name: name!,
      labels: Array.from((labels ?? '').matchAll(/(\w+)="/g), ([, label]) => label!),
    }));
    const labelsOf = new Map<string, Set<string>>();
    for (const { name, labels } of series) {
      labelsOf.set(name, new Set([...(labelsOf.get(name) ?? []), ...labels]));
    }
    const expressions = Array.from(
      dashboard.matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g),
      ([, expr]) => JSON.parse(`"${expr}"`) as string,
    );
    expect(expressions.length).toBeGreaterThan(8);
    const all = new Set([...labelsOf.values()].flatMap((labels) => [...labels]));
    for (const expr of expressions) {
      const patterns = [
        ...Array.from(expr.matchAll(/__name__=~"([^"]+)"/g), ([, pattern]) => pattern!),
        ...Array.from(expr.matchAll(/\bpass2pay_\w+(?=[{[ )]|$)/g), ([name]) => name).filter((name) => !all.has(name)),
      ];
      expect({ expr, names: patterns.length > 0 }).toEqual({ expr, names: true });
      for (const pattern of patterns) {
        const isThere = [...labelsOf.keys()].some((name) => new RegExp(`^(?:${pattern})$`).test(name));
        expect({ pattern, isThere }).toEqual({ pattern, isThere: true });
      }
      const labels = [
        ...Array.from(expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g), ([, label]) => label!).filter(
          (label) => label !== '__name__',
        ),
        ...Array.from(expr.matchAll(/by \(([^)]*)\)/g), ([, list]) => list!.split(/,\s*/)).flat(),
      ];
      for (const label of labels) expect({ expr, label, known: all.has(label) }).toEqual({ expr, label, known: true });
    }
  });
});
