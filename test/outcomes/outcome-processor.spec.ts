import { Controller, Injectable, Scope } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { OnMismatch, OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import type { ExpectedOrder, MerchantOrders } from '../../lib/outcomes/merchant-orders.js';
import type { Mismatch } from '../../lib/outcomes/order-matcher.js';
import type { OutcomeQueue, QueueWork } from '../../lib/outcomes/outcome-queue.js';
import { outcomeEvent, PaymentOutcome, TransferOutcome } from '../../lib/outcomes/outcome.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { Transfer } from '../../lib/transfers/transfer.dto.js';
import { TransferState } from '../../lib/protocol/transfer-state.js';
import { startApp, type RunningApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT } from '../support/test-merchant.js';

const calls: string[] = [];
const outcomes: (PaymentOutcome | TransferOutcome)[] = [];
const mismatches: Mismatch[] = [];
let pending: Promise<unknown> = Promise.resolve();
let failures = 0;

@Injectable()
class Fulfilment {
  private readonly shop = 'shop';

  @OnPayment(OrderState.Success)
  async ship(payment: PaymentOutcome) {
    await pending;
    if (failures-- > 0) throw new Error('out of stock');
    calls.push(`${this.shop} ships ${payment.mchOrderNo}${payment.late ? ', late' : ''}`);
    outcomes.push(payment);
  }

  @OnPayment(OrderState.Failed, OrderState.Closed)
  release(payment: PaymentOutcome) {
    calls.push(`${this.shop} releases ${payment.mchOrderNo}`);
  }

  @OnPayment()
  audit(payment: PaymentOutcome) {
    calls.push(`audit ${payment.state}`);
  }

  @OnTransfer(TransferState.Success, TransferState.Failed)
  book(transfer: TransferOutcome) {
    calls.push(`transfer ${transfer.mchOrderNo} is ${transfer.state}${transfer.late ? ', late' : ''}`);
    outcomes.push(transfer);
  }

  @OnMismatch()
  look(mismatch: Mismatch) {
    mismatches.push(mismatch);
  }
}

const about = { mchNo: MERCHANT.mchNo, appId: MERCHANT.appId, amount: 5, currency: 'cny' };

const payment = (state: OrderState, changes: Partial<PaymentOrder> = {}) =>
  Object.assign(new PaymentOrder(), { ...about, payOrderId: 'P1', mchOrderNo: 'O1', state }, changes);

const transfer = (state: TransferState) =>
  Object.assign(new Transfer(), { ...about, transferId: 'P1', mchOrderNo: 'O1', state });

const moduleWith = (options: Partial<Pass2PayOptions> = {}) =>
  Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }], ...options });

let running: RunningApp | undefined;

async function startProcessor(options?: Partial<Pass2PayOptions>): Promise<OutcomeProcessor> {
  running = await startApp({ imports: [moduleWith(options)], providers: [Fulfilment] });
  return running.app.get(OutcomeProcessor);
}

/** Time passes only as the test says. */
let clock: FakeTimers.Clock;

/** Resolves the handlers under way when called. */
function handlersWait(): () => void {
  let go!: () => void;
  pending = new Promise<void>((resolve) => {
    go = resolve;
  });
  return () => go();
}

beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
  calls.length = 0;
  outcomes.length = 0;
  mismatches.length = 0;
  failures = 0;
  pending = Promise.resolve();
});
afterEach(async () => {
  await running?.app.close();
  running = undefined;
  clock.uninstall();
});

describe('an outcome', () => {
  it('reaches the handlers of its state, one after the other', async () => {
    const processor = await startProcessor();
    expect(await processor.process(payment(OrderState.Success))).toBe('applied');
    expect(await processor.process(payment(OrderState.Closed, { payOrderId: 'P2', mchOrderNo: 'O2' }))).toBe('applied');
    expect(calls).toEqual(['shop ships O1', 'audit 2', 'shop releases O2', 'audit 6']);
    expect(outcomes[0]).toBeInstanceOf(PaymentOutcome);
    expect(outcomes[0]).toMatchObject({ amount: 5, late: false, idempotencyKey: 'payment:M1:P1:2' });
  });

  it('is handled once, however often it is told', async () => {
    const processor = await startProcessor();
    const told = [];
    for (let i = 0; i < 4; i++) told.push(await processor.process(payment(OrderState.Success)));
    expect(told).toEqual(['applied', 'duplicate', 'duplicate', 'duplicate']);
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('is handled once, however many tell it at the same time: four wait for the first, the others are refused', async () => {
    const processor = await startProcessor();
    const go = handlersWait();
    const told = Array.from({ length: 20 }, () => processor.process(payment(OrderState.Success)).catch(String));
    const refused = await Promise.all(told.slice(5));
    go();
    expect(await Promise.all(told.slice(0, 5))).toEqual(['applied', ...Array.from({ length: 4 }, () => 'duplicate')]);
    for (const why of refused) expect(why).toContain('Another event of payment O1 of merchant M1 is being processed');
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('C3 costs neither a look-up nor a claim when it comes again', async () => {
    const inbox = new MemoryInbox();
    const claim = jest.spyOn(inbox, 'claim');
    const find = jest.fn(async () => about);
    const processor = await startProcessor({ inbox, merchantOrders: { find, pending: async () => [] } });
    expect(await processor.process(payment(OrderState.Success))).toBe('applied');
    for (let i = 0; i < 20; i++) expect(await processor.process(payment(OrderState.Success))).toBe('duplicate');
    expect(await processor.process(payment(OrderState.Closed))).toBe('stale');
    expect([find.mock.calls.length, claim.mock.calls.length]).toEqual([1, 1]);
  });

  it('C3 asks for a claim of another process less and less often', async () => {
    const inbox = new MemoryInbox();
    const elsewhere = await inbox.claim('payment:M1:o1', 60_000);
    const claim = jest.spyOn(inbox, 'claim');
    const processor = await startProcessor({ inbox });
    const told = processor.process(payment(OrderState.Success));
    await clock.tickAsync(10_000);
    // At 0, 100, 300, 700, 1500, 2500 … 9500 ms.
    expect(claim).toHaveBeenCalledTimes(13);
    if (elsewhere.status === 'claimed') await inbox.complete(elsewhere.claim, OrderState.Success);
    await clock.tickAsync(1_000);
    expect(await told).toBe('duplicate');
    expect(calls).toEqual([]);
  });

  it('is refused for now where the first takes too long', async () => {
    const processor = await startProcessor({ outcomes: { busyWaitMs: 200 } });
    const go = handlersWait();
    const first = processor.process(payment(OrderState.Success));
    const second = expect(processor.process(payment(OrderState.Success))).rejects.toMatchObject({ status: 503 });
    await clock.tickAsync(200);
    await second;
    go();
    expect(await first).toBe('applied');
    expect(await processor.process(payment(OrderState.Success))).toBe('duplicate');
  });

  it('keeps its claim while its handlers take longer than a lease', async () => {
    const processor = await startProcessor({ outcomes: { leaseMs: 100, busyWaitMs: 1000 } });
    const go = handlersWait();
    const first = processor.process(payment(OrderState.Success));
    const second = processor.process(payment(OrderState.Success));
    await clock.tickAsync(500);
    go();
    await clock.tickAsync(100);
    expect([await first, await second]).toEqual(['applied', 'duplicate']);
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('keeps its claim also where no claim was held for a while, and beside other claims', async () => {
    const processor = await startProcessor({ outcomes: { leaseMs: 100, busyWaitMs: 1000 } });
    await processor.process(payment(OrderState.Success, { payOrderId: 'P0', mchOrderNo: 'O0' }));
    await clock.tickAsync(250);
    const go = handlersWait();
    const other = { payOrderId: 'P2', mchOrderNo: 'O2' };
    const first = [
      processor.process(payment(OrderState.Success)),
      processor.process(payment(OrderState.Success, other)),
    ];
    await clock.tickAsync(250);
    const second = [
      processor.process(payment(OrderState.Success)),
      processor.process(payment(OrderState.Success, other)),
    ];
    await clock.tickAsync(250);
    go();
    await clock.tickAsync(100);
    expect(await Promise.all([...first, ...second])).toEqual(['applied', 'applied', 'duplicate', 'duplicate']);
  });

  it('is handled though its lease cannot be prolonged, which is logged', async () => {
    class BrokenStore extends MemoryInbox {
      override renew(): Promise<boolean> {
        throw new Error('renew is broken');
      }
    }
    const processor = await startProcessor({ inbox: new BrokenStore(), outcomes: { leaseMs: 100 } });
    const go = handlersWait();
    const told = processor.process(payment(OrderState.Success));
    await clock.tickAsync(80);
    go();
    expect(await told).toBe('applied');
    expect(logged.join('\n')).toContain('could not be extended: renew is broken');
  });

  it('comes again after a handler has failed, and the failure is logged', async () => {
    const processor = await startProcessor();
    failures = 1;
    await expect(processor.process(payment(OrderState.Success))).rejects.toThrow('out of stock');
    expect(logged.join('\n')).toContain('Fulfilment.ship failed for payment O1 of merchant M1, state 2: out of stock');
    expect(await processor.process(payment(OrderState.Success))).toBe('applied');
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('that a handler failed on tells of the handler, though the store is away', async () => {
    class AwayStore extends MemoryInbox {
      override release(): Promise<void> {
        return Promise.reject(new Error('Redis is away'));
      }
    }
    const processor = await startProcessor({ inbox: new AwayStore() });
    failures = 1;
    await expect(processor.process(payment(OrderState.Success))).rejects.toThrow('out of stock');
    expect(logged.join('\n')).toContain('could not be released: Redis is away');
  });

  it('without a handler is done at once', async () => {
    const processor = await startProcessor();
    expect(await processor.process(transfer(TransferState.Closed))).toBe('applied');
    expect(calls).toEqual([]);
  });
});

describe('the order of states', () => {
  it.each<[OrderState[], string[], string[]]>([
    [
      [3, 2],
      ['applied', 'applied'],
      ['shop releases O1', 'audit 3', 'shop ships O1, late', 'audit 2'],
    ],
    [
      [6, 2],
      ['applied', 'applied'],
      ['shop releases O1', 'audit 6', 'shop ships O1, late', 'audit 2'],
    ],
    [
      [2, 3],
      ['applied', 'stale'],
      ['shop ships O1', 'audit 2'],
    ],
    [
      [2, 6, 2],
      ['applied', 'stale', 'duplicate'],
      ['shop ships O1', 'audit 2'],
    ],
    [
      [3, 6],
      ['applied', 'stale'],
      ['shop releases O1', 'audit 3'],
    ],
    [
      [2, 5],
      ['applied', 'applied'],
      ['shop ships O1', 'audit 2', 'audit 5'],
    ],
    [[5, 2], ['applied', 'stale'], ['audit 5']],
    [
      [0, 1, 2],
      ['applied', 'applied', 'applied'],
      ['audit 0', 'audit 1', 'shop ships O1', 'audit 2'],
    ],
    [
      [2, 1, 0],
      ['applied', 'stale', 'stale'],
      ['shop ships O1', 'audit 2'],
    ],
    [
      [6, 2, 5, 6],
      ['applied', 'applied', 'applied', 'stale'],
      ['shop releases O1', 'audit 6', 'shop ships O1, late', 'audit 2', 'audit 5'],
    ],
  ])('payment events %j is %j', async (states, results, expected) => {
    const processor = await startProcessor();
    const told = [];
    for (const state of states) told.push(await processor.process(payment(state)));
    expect(told).toEqual(results);
    expect(calls).toEqual(expected);
  });

  it.each<[TransferState[], string[], string[]]>([
    [
      [3, 2],
      ['applied', 'applied'],
      ['transfer O1 is 3', 'transfer O1 is 2, late'],
    ],
    [[2, 3], ['applied', 'stale'], ['transfer O1 is 2']],
    [[1, 2, 2], ['applied', 'applied', 'duplicate'], ['transfer O1 is 2']],
  ])('transfer events %j is %j', async (states, results, expected) => {
    const processor = await startProcessor();
    const told = [];
    for (const state of states) told.push(await processor.process(transfer(state)));
    expect(told).toEqual(results);
    expect(calls).toEqual(expected);
  });

  it('is kept when failure and success are told at the same time', async () => {
    const processor = await startProcessor();
    const go = handlersWait();
    const success = processor.process(payment(OrderState.Success));
    const failure = processor.process(payment(OrderState.Failed));
    await clock.tickAsync(50);
    go();
    await clock.tickAsync(100);
    expect([await success, await failure]).toEqual(['applied', 'stale']);
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('A7 does not mix up payments and transfers, merchants, or orders', async () => {
    const processor = await startProcessor();
    await processor.process(payment(OrderState.Success));
    expect(await processor.process(transfer(TransferState.Success))).toBe('applied');
    expect(await processor.process(payment(OrderState.Success, { mchNo: 'M2' }))).toBe('applied');
    expect(await processor.process(payment(OrderState.Success, { mchOrderNo: 'O2' }))).toBe('applied');
    expect(outcomes.map((outcome) => outcome.idempotencyKey)).toEqual([
      'payment:M1:P1:2',
      'transfer:M1:P1:2',
      'payment:M2:P1:2',
      'payment:M1:P1:2',
    ]);
  });

  it('A7 takes for one order what the gateway takes for one: case, trailing spaces and the app do not count', async () => {
    const processor = await startProcessor();
    await processor.process(payment(OrderState.Success, { mchOrderNo: 'abc-1' }));
    expect(await processor.process(payment(OrderState.Success, { mchOrderNo: 'ABC-1 ' }))).toBe('duplicate');
    expect(await processor.process(payment(OrderState.Success, { mchOrderNo: 'abc-1', appId: 'A2' }))).toBe(
      'duplicate',
    );
  });
});

describe('with merchant orders', () => {
  const book = (orders: Record<string, ExpectedOrder>): MerchantOrders => ({
    find: async ({ mchOrderNo, kind }) => orders[`${kind} ${mchOrderNo}`] ?? null,
    pending: async () => [],
  });

  it('an event that matches the order is applied', async () => {
    const processor = await startProcessor({ merchantOrders: book({ 'payment O1': { ...about, currency: 'CNY' } }) });
    expect(await processor.process(payment(OrderState.Success))).toBe('applied');
  });

  it.each<[string, Partial<ExpectedOrder>, string]>([
    ['amount', { amount: 500 }, 'amount is 5, not 500'],
    ['currency', { currency: 'usd' }, 'currency is cny, not usd'],
    ['mchNo', { mchNo: 'M2' }, 'mchNo is M1, not M2'],
    ['appId', { appId: 'A2' }, 'appId is A1, not A2'],
  ])('an event with another %s reaches @OnMismatch alone, however often it comes', async (_what, own, difference) => {
    const processor = await startProcessor({ merchantOrders: book({ 'payment O1': { ...about, ...own } }) });
    expect(await processor.process(payment(OrderState.Success))).toBe('mismatch');
    expect(calls).toEqual([]);
    expect(mismatches).toMatchObject([{ differences: [difference], event: { data: { mchOrderNo: 'O1' } } }]);
    expect(logged.join('\n')).toContain(difference);
  });

  it('an event of an unknown order must come again', async () => {
    const orders: Record<string, ExpectedOrder> = {};
    const processor = await startProcessor({ merchantOrders: book(orders) });
    await expect(processor.process(payment(OrderState.Success))).rejects.toMatchObject({ status: 503 });
    orders['payment O1'] = about;
    expect(await processor.process(payment(OrderState.Success))).toBe('applied');
    await expect(processor.process(transfer(TransferState.Success))).rejects.toMatchObject({ status: 503 });
  });

  it.each([null, undefined])(
    'the result for an order that is %p is unknown-order, and no handler runs',
    async (none) => {
      const find = async () => none as null;
      const processor = await startProcessor({ merchantOrders: { find, pending: async () => [] } });
      const event = outcomeEvent(payment(OrderState.Success), 'query');
      expect(await processor.processEvent(event)).toBe('unknown-order');
      expect([calls, mismatches]).toEqual([[], []]);
    },
  );

  it('a worker of the queue is to try an event of an unknown order again', async () => {
    const started: QueueWork[] = [];
    const outcomeQueue: OutcomeQueue = {
      add: async () => {},
      start: async (work) => void started.push(work),
      close: async () => {},
    };
    await startProcessor({ merchantOrders: book({}), outcomeQueue });
    const event = outcomeEvent(payment(OrderState.Success), 'notify');
    await expect(started[0]!.deliver(event)).rejects.toMatchObject({
      status: 503,
      message: 'No merchant order found for payment O1 of merchant M1.',
    });
  });

  it('an event must come again while the orders cannot be read', async () => {
    const merchantOrders = { find: () => Promise.reject(new Error('database down')), pending: async () => [] };
    const processor = await startProcessor({ merchantOrders });
    await expect(processor.process(payment(OrderState.Success))).rejects.toThrow('database down');
    expect(calls).toEqual([]);
  });
});

describe('at start', () => {
  it.each([Scope.REQUEST, Scope.TRANSIENT])(
    'a handler without a single instance is refused by name (%s)',
    async (scope) => {
      @Injectable({ scope })
      class ManyInstances {
        @OnPayment(OrderState.Success)
        ship() {
          return undefined;
        }
      }
      await expect(startApp({ imports: [moduleWith()], providers: [ManyInstances] })).rejects.toThrow(
        /ManyInstances\.ship.*default scope/,
      );
    },
  );

  it.each([
    ['production', undefined, 1],
    ['production', new MemoryInbox(), 0],
    ['test', undefined, 0],
  ])('an inbox that forgets is reported in production (NODE_ENV %s)', async (environment, inbox, times) => {
    const { NODE_ENV } = process.env;
    process.env.NODE_ENV = environment;
    const before = logged.length;
    try {
      running = await startApp({ imports: [moduleWith({ inbox })] });
    } finally {
      process.env.NODE_ENV = NODE_ENV;
    }
    const warnings = logged.slice(before).filter((line) => line.includes('a restart loses them'));
    expect(warnings).toHaveLength(times);
  });

  it('a notify route that nothing handles is reported', async () => {
    @Controller()
    class Routes {
      @PaymentNotify('paid') paid() {
        return undefined;
      }
      @TransferNotify('transferred') transferred() {
        return undefined;
      }
    }
    @Injectable()
    class OnlyPayments {
      @OnPayment() paid() {
        return undefined;
      }
    }
    const before = logged.length;
    running = await startApp({ imports: [moduleWith()], controllers: [Routes], providers: [OnlyPayments] });
    const reports = logged.slice(before).filter((line) => line.includes('receives'));
    expect(reports).toEqual([
      expect.stringMatching(/^Routes\.transferred receives transfer notifies, but .*@OnTransfer/),
    ]);
  });
});
