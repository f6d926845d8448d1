import 'reflect-metadata';
import timers from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import type { MerchantDirectory } from '../../lib/merchants/merchant-directory.js';
import { OnMismatch, OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import type { Inbox } from '../../lib/outcomes/inbox.js';
import { InboxDelivery } from '../../lib/outcomes/inbox-delivery.js';
import { KnownEvents } from '../../lib/outcomes/known-events.js';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import type { ExpectedOrder } from '../../lib/outcomes/merchant-orders.js';
import { OrderMatcher, type Mismatch } from '../../lib/outcomes/order-matcher.js';
import { OrderTurns } from '../../lib/outcomes/order-turns.js';
import { InboxMemory } from '../../lib/outcomes/outcome-memory.js';
import { OutcomeHandlers } from '../../lib/outcomes/outcome-handlers.js';
import { outcomesOptions, type OutcomesOptions } from '../../lib/outcomes/outcomes.options.js';
import {
  outcomeEvent,
  type OutcomeEvent,
  type PaymentOutcome,
  type TransferOutcome,
} from '../../lib/outcomes/outcome.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { logged, recordingLogger } from '../support/recording-logger.js';
import { paymentEvent, transferEvent } from './support/events.js';
import { explored } from './support/explored.js';

const LEASE_MS = 30_000;
const SUBJECT = 'payment:M1:o1';
const { Success, Closed, Failed, Refunded } = OrderState;

class Shop {
  readonly applied: (PaymentOutcome | TransferOutcome)[] = [];
  handle: () => unknown = () => undefined;

  @OnPayment()
  async settle(payment: PaymentOutcome) {
    await this.handle();
    this.applied.push(payment);
  }

  @OnTransfer()
  payOut(transfer: TransferOutcome) {
    this.applied.push(transfer);
  }
}

class Desk {
  readonly mismatches: Mismatch[] = [];

  @OnMismatch()
  look(mismatch: Mismatch) {
    this.mismatches.push(mismatch);
  }
}

function openShop({
  inbox = new MemoryInbox(),
  providers = [],
  ...options
}: OutcomesOptions & { providers?: object[] } = {}) {
  const shop = new Shop();
  const turns = new OrderTurns();
  const resolved = outcomesOptions.resolve(options);
  const merchants = { onlyMchNo: 'M1' } as MerchantDirectory;
  const known = new KnownEvents(new InboxMemory(inbox), turns);
  const delivery = new InboxDelivery(
    new OutcomeHandlers(explored(shop, ...providers)),
    new OrderMatcher(merchants, resolved),
    known,
    turns,
    inbox,
    resolved,
  );
  return { shop, inbox, known, deliver: (event: OutcomeEvent) => delivery.deliver(event) };
}

beforeEach(() => {
  logged.length = 0;
  Logger.overrideLogger(recordingLogger);
});

describe('an event', () => {
  it('is applied once, with what is known about the order', async () => {
    const { shop, inbox, deliver } = openShop();
    expect(await deliver(paymentEvent())).toBe('applied');
    expect(await deliver(paymentEvent())).toBe('duplicate');
    expect(shop.applied).toEqual([
      {
        ...paymentEvent().data,
        late: false,
        adopted: false,
        replayed: false,
        source: 'notify',
        idempotencyKey: 'payment:M1:P1:2',
      },
    ]);
    expect(shop.applied[0]).not.toHaveProperty('gatewayState');
    expect(shop.applied[0]).not.toHaveProperty('previousState');
    expect(await inbox.recall(SUBJECT)).toEqual({ lastApplied: Success, gatewayState: Success });
    expect(logged).toEqual([]);
  });

  it('of a transfer is another one than that of a payment of the same number', async () => {
    const { shop, deliver } = openShop();
    expect(await deliver(paymentEvent())).toBe('applied');
    expect(await deliver(transferEvent({}, 'query'))).toBe('applied');
    expect(shop.applied[1]).toEqual({
      ...transferEvent().data,
      late: false,
      adopted: false,
      replayed: false,
      source: 'query',
      idempotencyKey: 'transfer:M1:T1:2',
    });
  });

  it('that is older than what was applied is stale', async () => {
    const { shop, deliver } = openShop();
    await deliver(paymentEvent());
    expect(await deliver(paymentEvent({ state: Closed }))).toBe('stale');
    expect(shop.applied).toHaveLength(1);
  });

  it('after others tells what was applied before it, and what the gateway had said where it is late', async () => {
    const { shop, deliver } = openShop();
    await deliver(paymentEvent({ state: Closed }));
    await deliver(paymentEvent());
    await deliver(paymentEvent({ state: Refunded }));
    expect(
      shop.applied.map(({ late, gatewayState, previousState }) => ({ late, gatewayState, previousState })),
    ).toEqual([
      { late: false, gatewayState: undefined, previousState: undefined },
      { late: true, gatewayState: Closed, previousState: Closed },
      { late: false, gatewayState: undefined, previousState: Success },
    ]);
  });

  it('is late and not stale by the last state of the merchant’s own order', async () => {
    const merchantOrders = ownOrder({ lastState: Failed });
    const { shop, deliver } = openShop({ merchantOrders });
    expect(await deliver(paymentEvent({ state: Closed }))).toBe('stale');
    expect(await deliver(paymentEvent())).toBe('applied');
    expect(shop.applied).toMatchObject([{ state: Success, late: true, gatewayState: Failed, previousState: Failed }]);
  });

  it('that was recognised when it arrived stays a repetition, although the inbox has forgotten it since', async () => {
    const inbox = new MemoryInbox(1);
    const { shop, known, deliver } = openShop({ inbox });
    await deliver(paymentEvent());
    const repeated = Object.assign(new PaymentNotification(), paymentEvent().data);
    await known.confirmInTurn(repeated, false, () => Promise.reject(new Error('no query is needed')));
    await deliver(paymentEvent({ mchOrderNo: 'O2', payOrderId: 'P2' }));
    expect(await deliver(outcomeEvent(repeated, 'notify'))).toBe('duplicate');
    expect(shop.applied.map(({ mchOrderNo }) => mchOrderNo)).toEqual(['O1', 'O2']);
  });

  it('that another process has applied meanwhile gives its claim back', async () => {
    const inbox = new MemoryInbox();
    const { shop, deliver } = openShop({ inbox });
    await deliver(paymentEvent());
    // What this process reads is behind, as it is when another one is about to complete.
    jest.spyOn(inbox, 'recall').mockResolvedValueOnce({ lastApplied: undefined, gatewayState: undefined });
    expect(await deliver(paymentEvent())).toBe('duplicate');
    expect(shop.applied).toHaveLength(1);
    expect(await inbox.claim(SUBJECT, LEASE_MS)).toMatchObject({ status: 'claimed' });
  });
});

describe('an event whose handlers fail', () => {
  it('throws what they throw, remembers what the gateway said, and is applied when it comes again', async () => {
    const { shop, inbox, deliver } = openShop();
    shop.handle = () => {
      throw new Error('no stock');
    };
    await expect(deliver(paymentEvent({ state: Closed }))).rejects.toThrow('no stock');
    expect(await inbox.recall(SUBJECT)).toEqual({ lastApplied: undefined, gatewayState: Closed });
    expect(logged).toEqual([
      expect.stringContaining('Shop.settle failed for payment O1 of merchant M1, state 6: no stock'),
    ]);
    shop.handle = () => undefined;
    expect(await deliver(paymentEvent())).toBe('applied');
    expect(shop.applied).toMatchObject([{ late: true, gatewayState: Closed }]);
    expect(shop.applied[0]).not.toHaveProperty('previousState');
  });

  it('throws what they throw, not that the inbox cannot be reached either', async () => {
    const inbox = new MemoryInbox();
    const { shop, deliver } = openShop({ inbox });
    shop.handle = () => {
      throw new Error('no stock');
    };
    jest.spyOn(inbox, 'release').mockRejectedValue(new Error('connection lost'));
    await expect(deliver(paymentEvent())).rejects.toThrow('no stock');
    expect(logged.at(-1)).toContain(`The claim of ${SUBJECT} could not be released: connection lost`);
  });
});

describe('an event whose lease does not hold', () => {
  let clock: FakeTimers.Clock;
  beforeEach(() => {
    clock = FakeTimers.install({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    clock.uninstall();
  });

  /** An inbox whose leases cannot be extended, and are lost. */
  class Forgetful extends MemoryInbox {
    override async renew(): Promise<boolean> {
      throw new Error('connection lost');
    }
    override async complete(): Promise<boolean> {
      return false;
    }
  }

  it('is applied, and the log says that its handlers may run again', async () => {
    const { shop, deliver } = openShop({ inbox: new Forgetful() });
    let end!: () => void;
    shop.handle = () => new Promise<void>((resolve) => (end = resolve));
    const result = deliver(paymentEvent());
    await clock.tickAsync(LEASE_MS / 3);
    end();
    expect(await result).toBe('applied');
    expect(logged).toEqual([
      expect.stringContaining(`The lease of ${SUBJECT} could not be extended: connection lost Pass2PayOutcome`),
      expect.stringContaining('The handlers of payment:M1:P1:2 took longer than their lease and may run again.'),
    ]);
  });

  it('has it extended only as long as its handlers run', async () => {
    const inbox = new MemoryInbox();
    const renew = jest.spyOn(inbox, 'renew');
    const { shop, deliver } = openShop({ inbox });
    let end!: () => void;
    shop.handle = () => new Promise<void>((resolve) => (end = resolve));
    const result = deliver(paymentEvent());
    await clock.tickAsync(LEASE_MS / 3);
    expect(renew).toHaveBeenCalledTimes(1);
    end();
    await result;
    await clock.tickAsync(LEASE_MS);
    expect(renew).toHaveBeenCalledTimes(1);
  });
});

describe('an event of an order that another process is processing', () => {
  let clock: FakeTimers.Clock;
  let waits: number[];
  beforeEach(() => {
    clock = FakeTimers.install({ toFake: ['Date', 'performance'] });
    waits = [];
    jest.spyOn(timers, 'setTimeout').mockImplementation(async (ms = 0) => {
      waits.push(ms);
      clock.tick(ms);
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    clock.uninstall();
  });

  it('asks for its claim less and less often, and is applied when the other one has ended', async () => {
    const inbox = new MemoryInbox();
    const { deliver } = openShop({ inbox });
    await inbox.claim(SUBJECT, 5_000);
    expect(await deliver(paymentEvent())).toBe('applied');
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
  });

  it('is to be sent again where that takes longer than it may wait', async () => {
    const inbox = new MemoryInbox();
    const { shop, deliver } = openShop({ inbox, outcomes: { busyWaitMs: 700 } });
    await inbox.claim(SUBJECT, LEASE_MS);
    await expect(deliver(paymentEvent())).rejects.toMatchObject({
      status: 503,
      message: 'Another event of payment O1 of merchant M1 is being processed; send it again later.',
    });
    expect(waits).toEqual([100, 200, 400]);
    expect(shop.applied).toEqual([]);
  });
});

it('an event is to be sent again where too many of its order wait already', async () => {
  const { shop, deliver } = openShop();
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  shop.handle = () => ended;
  const first = deliver(paymentEvent());
  const waiting = Array.from({ length: 4 }, () => deliver(paymentEvent()));
  await expect(deliver(paymentEvent())).rejects.toMatchObject({
    status: 503,
    message: 'Another event of payment O1 of merchant M1 is being processed; send it again later.',
  });
  end();
  expect(await first).toBe('applied');
  expect(await Promise.all(waiting)).toEqual(['duplicate', 'duplicate', 'duplicate', 'duplicate']);
});

describe('an event that does not match the merchant’s order', () => {
  it('goes to the handlers of mismatches, and to no other', async () => {
    const desk = new Desk();
    const { shop, inbox, deliver } = openShop({ merchantOrders: ownOrder(), providers: [desk] });
    const event = paymentEvent({ amount: 6 });
    expect(await deliver(event)).toBe('mismatch');
    expect(desk.mismatches).toEqual([
      { event, reason: 'differs', expected: { amount: 5, currency: 'cny' }, differences: ['amount is 6, not 5'] },
    ]);
    expect(shop.applied).toEqual([]);
    expect(await inbox.recall(SUBJECT)).toEqual({ lastApplied: undefined, gatewayState: undefined });
  });

  it('is not acknowledged where there is none', async () => {
    const { deliver } = openShop({ merchantOrders: ownOrder() });
    await expect(deliver(paymentEvent({ amount: 6 }))).rejects.toMatchObject({
      status: 503,
      message: 'The event does not match, and there is no handler for it.',
    });
    expect(logged).toEqual([
      expect.stringContaining(
        'There is no @OnMismatch handler, so it is not acknowledged. Add a handler that stores it.',
      ),
    ]);
  });

  it('is an unknown order where there is none', async () => {
    const { deliver } = openShop({ merchantOrders: { find: async () => null, pending: async () => [] } });
    expect(await deliver(paymentEvent())).toBe('unknown-order');
  });

  it('cannot be told where the merchant’s orders cannot be read, which the log says', async () => {
    const find = async () => {
      throw new Error('database down');
    };
    const { deliver } = openShop({ merchantOrders: { find, pending: async () => [] } });
    await expect(deliver(paymentEvent())).rejects.toMatchObject({ code: 'PASS2PAY_MERCHANT_ORDERS' });
    expect(logged).toEqual([
      expect.stringContaining(
        'merchantOrders.find failed for payment O1 of merchant M1: database down. The event is not acknowledged and will be redelivered.',
      ),
    ]);
  });
});

it('an event is refused where a handler is to run after a commit that there is not', async () => {
  class Mail {
    @OnPayment(OrderState.Success, { after: 'commit' })
    send() {}
  }
  const { shop, deliver } = openShop({ providers: [new Mail()] });
  await expect(deliver(paymentEvent())).rejects.toThrow("Mail.send has { after: 'commit' }, which requires a database");
  expect(shop.applied).toEqual([]);
});

describe('an inbox that cannot be reached', () => {
  /** Fails in one of its methods. */
  function broken(method: 'recall' | 'claim' | 'complete'): Inbox {
    const inbox = new MemoryInbox();
    jest.spyOn(inbox, method as 'recall').mockRejectedValue(new Error('connection lost'));
    return inbox;
  }

  it.each(['recall', 'claim', 'complete'] as const)('leaves the event unacknowledged (%s)', async (method) => {
    const { deliver } = openShop({ inbox: broken(method) });
    await expect(deliver(paymentEvent())).rejects.toThrow('connection lost');
  });
});

function ownOrder(changes: Partial<ExpectedOrder> = {}) {
  return { find: async () => ({ amount: 5, currency: 'cny', ...changes }), pending: async () => [] };
}
