import { Controller, Injectable, Scope } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { OnMismatch, OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import { MemoryOutcomeStore } from '../../lib/outcomes/memory-outcome-store.js';
import type { BookedOrder, OrderBook } from '../../lib/outcomes/order-book.js';
import type { Mismatch } from '../../lib/outcomes/outcome-binding.js';
import { PaymentOutcome, TransferOutcome } from '../../lib/outcomes/outcome.js';
import { OutcomeDispatcher } from '../../lib/outcomes/outcome-dispatcher.js';
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

async function dispatcher(options?: Partial<Pass2PayOptions>): Promise<OutcomeDispatcher> {
  running = await startApp({ imports: [moduleWith(options)], providers: [Fulfilment] });
  return running.app.get(OutcomeDispatcher);
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
    const dispatch = await dispatcher();
    expect(await dispatch.dispatch(payment(OrderState.Success))).toBe('delivered');
    expect(await dispatch.dispatch(payment(OrderState.Closed, { payOrderId: 'P2', mchOrderNo: 'O2' }))).toBe(
      'delivered',
    );
    expect(calls).toEqual(['shop ships O1', 'audit 2', 'shop releases O2', 'audit 6']);
    expect(outcomes[0]).toBeInstanceOf(PaymentOutcome);
    expect(outcomes[0]).toMatchObject({ amount: 5, late: false, outcomeKey: 'payment:A1:P1:2' });
  });

  it('is handled once, however often it is told', async () => {
    const dispatch = await dispatcher();
    const told = [];
    for (let i = 0; i < 4; i++) told.push(await dispatch.dispatch(payment(OrderState.Success)));
    expect(told).toEqual(['delivered', 'duplicate', 'duplicate', 'duplicate']);
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('is handled once, however many tell it at the same time: the others wait for the first', async () => {
    const dispatch = await dispatcher();
    const go = handlersWait();
    const told = Array.from({ length: 20 }, () => dispatch.dispatch(payment(OrderState.Success)));
    await clock.tickAsync(150);
    go();
    await clock.tickAsync(100);
    expect((await Promise.all(told)).toSorted()).toEqual([
      'delivered',
      ...Array.from({ length: 19 }, () => 'duplicate'),
    ]);
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('is refused for now where the first takes too long', async () => {
    const dispatch = await dispatcher({ outcomes: { busyWaitMs: 200 } });
    const go = handlersWait();
    const first = dispatch.dispatch(payment(OrderState.Success));
    const second = expect(dispatch.dispatch(payment(OrderState.Success))).rejects.toMatchObject({ status: 503 });
    await clock.tickAsync(200);
    await second;
    go();
    expect(await first).toBe('delivered');
    expect(await dispatch.dispatch(payment(OrderState.Success))).toBe('duplicate');
  });

  it('keeps its claim while its handlers take longer than a lease', async () => {
    const dispatch = await dispatcher({ outcomes: { leaseMs: 100, busyWaitMs: 1000 } });
    const go = handlersWait();
    const first = dispatch.dispatch(payment(OrderState.Success));
    const second = dispatch.dispatch(payment(OrderState.Success));
    await clock.tickAsync(500);
    go();
    await clock.tickAsync(100);
    expect([await first, await second]).toEqual(['delivered', 'duplicate']);
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('keeps its claim also where no claim was held for a while, and beside other claims', async () => {
    const dispatch = await dispatcher({ outcomes: { leaseMs: 100, busyWaitMs: 1000 } });
    await dispatch.dispatch(payment(OrderState.Success, { payOrderId: 'P0', mchOrderNo: 'O0' }));
    await clock.tickAsync(250);
    const go = handlersWait();
    const other = { payOrderId: 'P2', mchOrderNo: 'O2' };
    const first = [
      dispatch.dispatch(payment(OrderState.Success)),
      dispatch.dispatch(payment(OrderState.Success, other)),
    ];
    await clock.tickAsync(250);
    const second = [
      dispatch.dispatch(payment(OrderState.Success)),
      dispatch.dispatch(payment(OrderState.Success, other)),
    ];
    await clock.tickAsync(250);
    go();
    await clock.tickAsync(100);
    expect(await Promise.all([...first, ...second])).toEqual(['delivered', 'delivered', 'duplicate', 'duplicate']);
  });

  it('is handled though its lease cannot be prolonged, which is logged', async () => {
    class BrokenStore extends MemoryOutcomeStore {
      override renew(): Promise<boolean> {
        throw new Error('renew is broken');
      }
    }
    const dispatch = await dispatcher({ outcomeStore: new BrokenStore(), outcomes: { leaseMs: 100 } });
    const go = handlersWait();
    const told = dispatch.dispatch(payment(OrderState.Success));
    await clock.tickAsync(80);
    go();
    expect(await told).toBe('delivered');
    expect(logged.join('\n')).toContain('could not be prolonged: renew is broken');
  });

  it('comes again after a handler has failed, and the failure is logged', async () => {
    const dispatch = await dispatcher();
    failures = 1;
    await expect(dispatch.dispatch(payment(OrderState.Success))).rejects.toThrow('out of stock');
    expect(logged.join('\n')).toContain('Fulfilment.ship failed on payment O1, state 2: out of stock');
    expect(await dispatch.dispatch(payment(OrderState.Success))).toBe('delivered');
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('that a handler failed on tells of the handler, though the store is away', async () => {
    class AwayStore extends MemoryOutcomeStore {
      override release(): Promise<void> {
        return Promise.reject(new Error('Redis is away'));
      }
    }
    const dispatch = await dispatcher({ outcomeStore: new AwayStore() });
    failures = 1;
    await expect(dispatch.dispatch(payment(OrderState.Success))).rejects.toThrow('out of stock');
    expect(logged.join('\n')).toContain('could not be given back: Redis is away');
  });

  it('without a handler is done at once', async () => {
    const dispatch = await dispatcher();
    expect(await dispatch.dispatch(transfer(TransferState.Closed))).toBe('delivered');
    expect(calls).toEqual([]);
  });
});

describe('the order of states', () => {
  it.each<[OrderState[], string[], string[]]>([
    [
      [3, 2],
      ['delivered', 'delivered'],
      ['shop releases O1', 'audit 3', 'shop ships O1, late', 'audit 2'],
    ],
    [
      [6, 2],
      ['delivered', 'delivered'],
      ['shop releases O1', 'audit 6', 'shop ships O1, late', 'audit 2'],
    ],
    [
      [2, 3],
      ['delivered', 'stale'],
      ['shop ships O1', 'audit 2'],
    ],
    [
      [2, 6, 2],
      ['delivered', 'stale', 'duplicate'],
      ['shop ships O1', 'audit 2'],
    ],
    [
      [3, 6],
      ['delivered', 'stale'],
      ['shop releases O1', 'audit 3'],
    ],
    [
      [2, 5],
      ['delivered', 'delivered'],
      ['shop ships O1', 'audit 2', 'audit 5'],
    ],
    [[5, 2], ['delivered', 'stale'], ['audit 5']],
    [
      [0, 1, 2],
      ['delivered', 'delivered', 'delivered'],
      ['audit 0', 'audit 1', 'shop ships O1', 'audit 2'],
    ],
    [
      [2, 1, 0],
      ['delivered', 'stale', 'stale'],
      ['shop ships O1', 'audit 2'],
    ],
    [
      [6, 2, 5, 6],
      ['delivered', 'delivered', 'delivered', 'stale'],
      ['shop releases O1', 'audit 6', 'shop ships O1, late', 'audit 2', 'audit 5'],
    ],
  ])('payment news %j is %j', async (states, results, expected) => {
    const dispatch = await dispatcher();
    const told = [];
    for (const state of states) told.push(await dispatch.dispatch(payment(state)));
    expect(told).toEqual(results);
    expect(calls).toEqual(expected);
  });

  it.each<[TransferState[], string[], string[]]>([
    [
      [3, 2],
      ['delivered', 'delivered'],
      ['transfer O1 is 3', 'transfer O1 is 2, late'],
    ],
    [[2, 3], ['delivered', 'stale'], ['transfer O1 is 2']],
    [[1, 2, 2], ['delivered', 'delivered', 'duplicate'], ['transfer O1 is 2']],
  ])('transfer news %j is %j', async (states, results, expected) => {
    const dispatch = await dispatcher();
    const told = [];
    for (const state of states) told.push(await dispatch.dispatch(transfer(state)));
    expect(told).toEqual(results);
    expect(calls).toEqual(expected);
  });

  it('is kept when failure and success are told at the same time', async () => {
    const dispatch = await dispatcher();
    const go = handlersWait();
    const success = dispatch.dispatch(payment(OrderState.Success));
    const failure = dispatch.dispatch(payment(OrderState.Failed));
    await clock.tickAsync(50);
    go();
    await clock.tickAsync(100);
    expect([await success, await failure]).toEqual(['delivered', 'stale']);
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('does not mix up payments and transfers, apps, or orders', async () => {
    const dispatch = await dispatcher();
    await dispatch.dispatch(payment(OrderState.Success));
    expect(await dispatch.dispatch(transfer(TransferState.Success))).toBe('delivered');
    expect(await dispatch.dispatch(payment(OrderState.Success, { appId: 'A2' }))).toBe('delivered');
    expect(await dispatch.dispatch(payment(OrderState.Success, { payOrderId: 'P2' }))).toBe('delivered');
  });
});

describe('with an order book', () => {
  const book = (orders: Record<string, BookedOrder>): OrderBook => ({
    find: async (mchOrderNo, kind) => orders[`${kind} ${mchOrderNo}`] ?? null,
    pending: async () => [],
  });

  it('news that fits the own order is delivered', async () => {
    const dispatch = await dispatcher({ orderBook: book({ 'payment O1': { ...about, currency: 'CNY' } }) });
    expect(await dispatch.dispatch(payment(OrderState.Success))).toBe('delivered');
  });

  it.each<[string, Partial<BookedOrder>, string]>([
    ['amount', { amount: 500 }, "amount is 5, the order's is 500"],
    ['currency', { currency: 'usd' }, "currency is cny, the order's is usd"],
    ['mchNo', { mchNo: 'M2' }, "mchNo is M1, the order's is M2"],
    ['appId', { appId: 'A2' }, "appId is A1, the order's is A2"],
  ])('news of another %s reaches @OnMismatch alone, however often it comes', async (_what, own, difference) => {
    const dispatch = await dispatcher({ orderBook: book({ 'payment O1': { ...about, ...own } }) });
    expect(await dispatch.dispatch(payment(OrderState.Success))).toBe('mismatch');
    expect(calls).toEqual([]);
    expect(mismatches).toMatchObject([{ differences: [difference], news: { about: { mchOrderNo: 'O1' } } }]);
    expect(logged.join('\n')).toContain(difference);
  });

  it('news of an order that it does not know is to come again', async () => {
    const orders: Record<string, BookedOrder> = {};
    const dispatch = await dispatcher({ orderBook: book(orders) });
    await expect(dispatch.dispatch(payment(OrderState.Success))).rejects.toMatchObject({ status: 503 });
    orders['payment O1'] = about;
    expect(await dispatch.dispatch(payment(OrderState.Success))).toBe('delivered');
    await expect(dispatch.dispatch(transfer(TransferState.Success))).rejects.toMatchObject({ status: 503 });
  });

  it('news is to come again while the book cannot be read', async () => {
    const orderBook = { find: () => Promise.reject(new Error('database down')), pending: async () => [] };
    const dispatch = await dispatcher({ orderBook });
    await expect(dispatch.dispatch(payment(OrderState.Success))).rejects.toThrow('database down');
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
