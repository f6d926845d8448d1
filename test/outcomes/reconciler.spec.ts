import timers from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import type { MerchantOrders, PendingOrder } from '../../lib/outcomes/merchant-orders.js';
import type { OutcomeQueue, QueueWork } from '../../lib/outcomes/outcome-queue.js';
import type { OutcomeEvent, PaymentOutcome, TransferOutcome } from '../../lib/outcomes/outcome.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { TransferService } from '../../lib/transfers/transfer.service.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer } from '../support/fake-server.js';
import { startApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const ORDER = { amount: 100, registerTime: 1622016572190, custNo: 'C200492312' };
const open: { close(): Promise<unknown> }[] = [];

/** By it sweeps begin, and orders are due. */
let clock: FakeTimers.Clock;

beforeEach(() => {
  clock = FakeTimers.install({ now: Date.now(), toFake: ['Date', 'setInterval', 'clearInterval'] });
  // A wait is over at once, and its time has passed.
  jest.spyOn(timers, 'setTimeout').mockImplementation(async (ms = 0) => clock.setSystemTime(clock.now + ms));
});
afterEach(async () => {
  for (const closing of open.splice(0).toReversed()) await closing.close();
  jest.restoreAllMocks();
  clock.uninstall();
});

/** The merchant's own orders: what is not ended yet is pending. */
class Ledger implements MerchantOrders {
  readonly ended = new Map<string, OrderState>();
  readonly made: { mchOrderNo: string; kind: 'payment' | 'transfer'; at: number }[] = [];

  add(mchOrderNo: string, kind: 'payment' | 'transfer' = 'payment', at = Date.now()): void {
    this.made.push({ mchOrderNo, kind, at });
  }

  async find() {
    return { amount: 100, currency: 'cny' };
  }

  async pending(before: Date, limit: number, skip: number): Promise<PendingOrder[]> {
    return this.made
      .filter(({ mchOrderNo, at }) => !this.ended.has(mchOrderNo) && at <= before.getTime())
      .map(({ mchOrderNo, kind }) => ({ mchOrderNo, kind }))
      .slice(skip, skip + limit);
  }
}

const EVERY_MS = 50;

async function shop(reconcile: Pass2PayOptions['reconcile'] = {}, more: Partial<Pass2PayOptions> = {}) {
  const sandbox = await Pass2PaySandbox.start();
  open.push({ close: () => sandbox.stop() });
  const ledger = new Ledger();

  @Injectable()
  class Books {
    @OnPayment() payment(payment: PaymentOutcome) {
      ledger.ended.set(payment.mchOrderNo, payment.state);
    }
    @OnTransfer() transfer(transfer: TransferOutcome) {
      ledger.ended.set(transfer.mchOrderNo, transfer.state as number);
    }
  }

  const { app } = await startApp({
    imports: [
      Pass2PayModule.forRoot({
        baseUrl: sandbox.url,
        merchants: [{ mchNo, appId, secrets: secret }],
        retries: 0,
        merchantOrders: ledger,
        reconcile: { afterMs: 0, everyMs: EVERY_MS, perMinute: 60_000, ...reconcile },
        ...more,
      }),
    ],
    providers: [Books],
  });
  open.push(app);
  const cashier = app.get(CashierService);
  const order = async (mchOrderNo: string) => {
    ledger.add(mchOrderNo);
    await cashier.createOrder({ ...ORDER, mchOrderNo, expiredTime: 9000 });
  };
  const queries = () => sandbox.requests.filter((request) => request.endpoint === 'query');
  const reconciler = app.get(Reconciler);
  const sweep = jest.spyOn(reconciler, 'sweep');
  /** Lets time pass until the application sweeps, and that sweep end. */
  const nextSweep = async () => {
    sweep.mockClear();
    while (sweep.mock.calls.length === 0) await clock.tickAsync(EVERY_MS);
    await sweep.mock.results[0]!.value;
  };
  const settles = async (check: () => boolean) => {
    for (let sweeps = 0; sweeps < 50 && !check(); sweeps++) await nextSweep();
    expect(check()).toBe(true);
  };
  return { sandbox, ledger, app, order, queries, reconciler, nextSweep, settles };
}

describe('the reconciler', () => {
  it('asks again about an order that the merchant does not find', async () => {
    const { sandbox, ledger, order, reconciler, nextSweep } = await shop();
    await order('O1');
    await sandbox.pay('O1');
    const find = jest.spyOn(ledger, 'find').mockResolvedValue(null as never);
    await expect(reconciler.reconcileNow('O1')).rejects.toMatchObject({ status: 503 });
    await nextSweep();
    expect(reconciler.stats).toMatchObject({ failed: 1, missedByNotify: 0 });
    find.mockRestore();
    expect(await reconciler.reconcileNow('O1')).toBe('applied');
  });

  it('brings every order to its end when no notify arrives at all', async () => {
    const { sandbox, ledger, order, reconciler, settles } = await shop();
    const names = Array.from({ length: 30 }, (_, i) => `O${i}`);
    for (const name of names) await order(name);
    for (const [i, name] of names.entries()) {
      if (i % 3 === 0) await sandbox.pay(name);
      if (i % 3 === 1) await sandbox.fail(name);
      if (i % 3 === 2) await sandbox.close(name);
    }
    await settles(() => ledger.ended.size === names.length);
    for (const [i, name] of names.entries()) {
      expect(ledger.ended.get(name)).toBe([OrderState.Success, OrderState.Failed, OrderState.Closed][i % 3]);
    }
    expect(reconciler.stats).toMatchObject({ missedByNotify: names.length, failed: 0, notFound: 0 });
  });

  it('comes to younger orders however many never end, a few at a time', async () => {
    const { sandbox, ledger, order, reconciler } = await shop({ enabled: false, batchSize: 3, maxDelayMs: 10 });
    for (let i = 0; i < 10; i++) ledger.add(`never-made-${i}`);
    const young = ['Y1', 'Y2', 'Y3', 'Y4'];
    for (const name of young) {
      await order(name);
      await sandbox.pay(name);
    }
    for (let sweeps = 1; ledger.ended.size < young.length; sweeps++) {
      const { asked } = reconciler.stats;
      await reconciler.sweep();
      expect(reconciler.stats.asked - asked).toBeLessThanOrEqual(3);
      // 14 orders at 3 a sweep: in the 5th, all have had their turn.
      expect(sweeps).toBeLessThanOrEqual(5);
      // What was asked about before is due again, so that it could take the turn of the younger ones.
      clock.tick(30);
    }
    expect([...ledger.ended.keys()]).toEqual(young);
  });

  it('ends its sweep with a book that cannot leave orders out', async () => {
    const { ledger, reconciler } = await shop({ enabled: false, batchSize: 2, everyMs: 60_000 });
    for (let i = 0; i < 5; i++) ledger.add(`never-made-${i}`);
    const all = ledger.pending.bind(ledger);
    ledger.pending = (before, limit) => all(before, limit, 0);
    await reconciler.sweep();
    expect(reconciler.stats).toMatchObject({ asked: 2, notFound: 2 });
    await reconciler.sweep();
    expect(reconciler.stats).toMatchObject({ asked: 2 });
  });

  it('counts what no notify has told when a queue hands it to the handlers, and nothing else', async () => {
    const told: OutcomeEvent[] = [];
    let work!: QueueWork;
    const outcomeQueue: OutcomeQueue = {
      add: async (event) => void told.push(event),
      start: async (given) => {
        work = given;
      },
      close: async () => {},
    };
    const { sandbox, ledger, order, reconciler } = await shop({ enabled: false }, { outcomeQueue });
    await order('O1');
    await sandbox.pay('O1');
    await reconciler.sweep();
    expect(told).toMatchObject([{ kind: 'payment', data: { mchOrderNo: 'O1', state: OrderState.Success } }]);
    expect(reconciler.stats).toMatchObject({ asked: 1, missedByNotify: 0 });
    const notified: OutcomeEvent = { ...told[0]!, source: 'notify' };
    expect(await work.deliver(told[0]!)).toBe('applied');
    expect(await work.deliver(told[0]!)).toBe('duplicate');
    expect(await work.deliver(notified)).toBe('duplicate');
    expect(ledger.ended.get('O1')).toBe(OrderState.Success);
    expect(reconciler.stats).toMatchObject({ missedByNotify: 1 });
  });

  it('ends transfers too', async () => {
    const { sandbox, ledger, app, settles } = await shop();
    ledger.add('T1', 'transfer');
    await app.get(TransferService).createTransfer({
      mchOrderNo: 'T1',
      amount: 100,
      custNo: 'C200492312',
      clientIp: '210.73.10.148',
      accountNo: '6222020200112233445',
    });
    await sandbox.succeedTransfer('T1');
    await settles(() => ledger.ended.has('T1'));
  });

  it('leaves young orders to their notifies', async () => {
    const { sandbox, ledger, order, queries, nextSweep, settles } = await shop({ afterMs: 1_000 });
    const madeAt = Date.now();
    await order('young');
    await sandbox.pay('young');
    while (Date.now() < madeAt + 1_000 - EVERY_MS) await nextSweep();
    expect(queries()).toEqual([]);
    await settles(() => ledger.ended.has('young'));
  });

  it('asks less and less often about an order that does not end', async () => {
    const { order, queries, nextSweep } = await shop();
    const madeAt = Date.now();
    await order('unpaid');
    while (Date.now() < madeAt + 2_000) await nextSweep();
    const times = queries().map((request) => request.at);
    const waits = times.slice(1).map((at, i) => Math.round((at - times[i]!) / EVERY_MS));
    expect(waits).toEqual([1, 2, 4, 8, 16]);
  });

  it('stays under its rate', async () => {
    const { sandbox, order, queries, reconciler } = await shop({ enabled: false, perMinute: 1200 });
    for (let i = 0; i < 6; i++) await order(`O${i}`);
    for (let i = 0; i < 6; i++) await sandbox.pay(`O${i}`);
    await reconciler.sweep();
    const times = queries().map((request) => request.at);
    expect(times).toHaveLength(6);
    // One each 50 ms.
    for (const [i, at] of times.slice(1).entries()) expect(at - times[i]!).toBe(50);
  });

  it('never takes an unknown order for closed, and goes on asking about it', async () => {
    const { ledger, reconciler, order, sandbox, settles } = await shop();
    ledger.add('late-to-arrive');
    await settles(() => reconciler.stats.notFound >= 2);
    expect(ledger.ended.size).toBe(0);
    await order('late-to-arrive');
    await sandbox.pay('late-to-arrive');
    await settles(() => ledger.ended.get('late-to-arrive') === OrderState.Success);
  });

  it('lives through a gateway that fails, and counts it', async () => {
    const { sandbox, ledger, order, reconciler, settles } = await shop();
    await order('bumpy');
    sandbox.inject({ kind: 'http-500', endpoint: 'query', times: 2 });
    await sandbox.pay('bumpy');
    await settles(() => ledger.ended.has('bumpy'));
    expect(reconciler.stats.failed).toBe(2);
  });

  it('asks about one order at an operator’s word', async () => {
    const { sandbox, ledger, order, reconciler } = await shop({ enabled: false });
    await order('asked');
    expect(await reconciler.reconcileNow('asked')).toBe('pending');
    await sandbox.pay('asked');
    expect(await reconciler.reconcileNow('asked')).toBe('applied');
    expect(await reconciler.reconcileNow('asked')).toBe('duplicate');
    expect(await reconciler.reconcileNow('nobody')).toBe('not-found');
    expect(ledger.ended.get('asked')).toBe(OrderState.Success);
    await clock.tickAsync(60_000);
    expect(reconciler.stats.asked).toBe(4);
  });

  it('sweeps once at a time', async () => {
    const { sandbox, order, reconciler, queries } = await shop({ enabled: false });
    for (let i = 0; i < 5; i++) await order(`O${i}`);
    for (let i = 0; i < 5; i++) await sandbox.pay(`O${i}`);
    await Promise.all([reconciler.sweep(), reconciler.sweep(), reconciler.sweep()]);
    expect(queries()).toHaveLength(5);
  });
});

describe('A17 a notify that cannot verify and names an order', () => {
  const named = (mchOrderNo: string) => ({ kind: 'payment' as const, mchNo, appId, mchOrderNo });
  /** Resolves when nothing that was named is looked at any more. */
  const idle = async (reconciler: Reconciler) => reconciler['lookUnderWay'];
  const asked = (requests: { body: string }[]) =>
    requests.map(({ body }) => (JSON.parse(body) as { mchOrderNo: string }).mchOrderNo);
  /** No sweep by itself. */
  const RARELY = { everyMs: 86_400_000, perMinute: 30 };

  it('has a pending order queried at once, and its payment applied', async () => {
    const { sandbox, ledger, order, queries, reconciler } = await shop(RARELY);
    await order('O1');
    await sandbox.pay('O1');
    expect(reconciler.lookAtSoon(named('O1'))).toBeUndefined();
    await idle(reconciler);
    expect(asked(queries())).toEqual(['O1']);
    expect(ledger.ended.get('O1')).toBe(OrderState.Success);
    expect(reconciler.stats).toMatchObject({ asked: 1, missedByNotify: 1 });
  });

  it('comes before the other pending orders while a sweep is under way', async () => {
    const { sandbox, order, queries, reconciler } = await shop(RARELY);
    for (const name of ['O1', 'O2', 'O3']) await order(name);
    await sandbox.pay('O3');
    const sweep = reconciler.sweep();
    reconciler.lookAtSoon(named('O3'));
    await sweep;
    expect(asked(queries())).toEqual(['O3', 'O1', 'O2', 'O3']);
    const times = queries().map((request) => request.at);
    expect(times.slice(1).map((at, i) => at - times[i]!)).toEqual([2_000, 2_000, 2_000]);
  });

  it('costs no query for an order that is not the merchant’s, or has ended, or cannot be found', async () => {
    const { sandbox, ledger, order, queries, reconciler } = await shop(RARELY);
    await order('done');
    await sandbox.pay('done');
    await reconciler.reconcileNow('done');
    const find = jest.spyOn(ledger, 'find');
    reconciler.lookAtSoon(named('done'));
    await idle(reconciler);
    clock.tick(60_000);
    find.mockResolvedValueOnce(null as never);
    reconciler.lookAtSoon(named('nobody’s'));
    await idle(reconciler);
    find.mockResolvedValueOnce({ amount: 100, currency: 'cny', lastState: OrderState.Closed } as never);
    reconciler.lookAtSoon(named('closed'));
    await idle(reconciler);
    clock.tick(60_000);
    find.mockRejectedValueOnce(new Error('database down'));
    reconciler.lookAtSoon(named('unlucky'));
    await idle(reconciler);
    expect(find).toHaveBeenCalledTimes(4);
    expect(asked(queries())).toEqual(['done']);
    expect(logged.join('\n')).toContain(
      'notify, could not be reconciled: merchantOrders.find failed for payment unlucky',
    );
  });

  it('does nothing without merchant orders, where reconciling is disabled, and after the shutdown', async () => {
    const { reconciler: disabled, queries, app, order } = await shop({ ...RARELY, enabled: false });
    await order('O1');
    disabled.lookAtSoon(named('O1'));
    const { reconciler: without } = await shop(RARELY, { merchantOrders: undefined });
    without.lookAtSoon(named('O1'));
    const { reconciler: stopped, ledger } = await shop(RARELY);
    ledger.add('O1');
    await stopped.stop();
    stopped.lookAtSoon(named('O1'));
    for (const reconciler of [disabled, without, stopped]) await idle(reconciler);
    expect([disabled, without, stopped].map(({ stats }) => stats.asked)).toEqual([0, 0, 0]);
    expect(queries()).toEqual([]);
    expect(app).toBeDefined();
  });

  it.each([
    ['a thousand orders', (i: number) => `O${i}`, 30],
    ['one order', () => 'O1', 10],
  ])('makes it ask at a tenth of its rate at most: a flood of 1,000 that names %s', async (_what, nameOf, most) => {
    const { ledger, queries, reconciler } = await shop(RARELY);
    const find = jest.spyOn(ledger, 'find');
    const startedAt = Date.now();
    for (let i = 0; i < 1_000; i++) {
      reconciler.lookAtSoon(named(nameOf(i)));
      await idle(reconciler);
      clock.setSystemTime(startedAt + (i + 1) * 600);
    }
    // Ten minutes, of 30 queries each.
    expect(Date.now() - startedAt).toBe(600_000);
    expect(queries()).toHaveLength(most);
    expect(find).toHaveBeenCalledTimes(most);
  });
});

describe('B2 a transfer that the gateway stored although its channel failed', () => {
  const DAY = 86_400_000;

  it('is reported once, and asked about once a day', async () => {
    const known = { mchNo, appId, mchOrderNo: 'T1', transferId: 'T9', amount: 100, currency: 'cny' };
    let data: Record<string, string | number> = { ...known, state: 0, errMsg: '余额不足' };
    const gateway = await startServer((_request, response) => {
      response.end(JSON.stringify({ code: 0, msg: 'SUCCESS', data, sign: sign(data, secret) }));
    });
    open.push(gateway);
    const { ledger, reconciler } = await shop({ enabled: false }, { baseUrl: gateway.url });
    ledger.add('T1', 'transfer');
    const errors = () => logged.filter((line) => line.includes('transfer T1 of merchant'));
    await reconciler.sweep();
    expect(reconciler.stats).toMatchObject({ asked: 1, needsAttention: 1, failed: 0 });
    expect(errors()).toEqual([expect.stringContaining('is stored at the gateway although its channel failed')]);
    for (let hour = 1; hour < 24; hour++) {
      clock.tick(DAY / 24);
      await reconciler.sweep();
    }
    expect(gateway.requests).toHaveLength(1);
    clock.tick(DAY / 24);
    await reconciler.sweep();
    expect(gateway.requests).toHaveLength(2);
    expect(await reconciler.reconcileNow('T1', { kind: 'transfer' })).toBe('needs-attention');
    expect(reconciler.stats).toMatchObject({ asked: 3, needsAttention: 1 });
    expect(errors()).toHaveLength(1);
    // It was put right after all.
    data = { ...known, state: 2 };
    expect(await reconciler.reconcileNow('T1', { kind: 'transfer' })).toBe('applied');
    expect(ledger.ended.get('T1')).toBe(2);
  });
});
