import timers from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { Pass2PayMerchantOrdersError } from '../../lib/errors/pass2pay.errors.js';
import type { MerchantDirectory } from '../../lib/merchants/merchant-directory.js';
import type { Finding } from '../../lib/outcomes/due-orders.js';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import type { ExpectedOrder, PendingOrder } from '../../lib/outcomes/merchant-orders.js';
import { InboxMemory } from '../../lib/outcomes/outcome-memory.js';
import { outcomesOptions, type OutcomesOptions } from '../../lib/outcomes/outcomes.options.js';
import { PendingOrders } from '../../lib/outcomes/pending-orders.js';
import type { NamedOrder } from '../../lib/outcomes/read-merchant-orders.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { TransferState } from '../../lib/protocol/transfer-state.js';

const START = Date.UTC(2026, 10, 28);
const MINUTE = 60_000;
const DAY = 86_400_000;

let clock: FakeTimers.Clock;
beforeEach(() => {
  clock = FakeTimers.install({ now: START, toFake: ['Date'] });
});
afterEach(() => {
  jest.restoreAllMocks();
  clock.uninstall();
});

/** The merchant's pending orders: whatever `list` holds; each question is noted. The merchant may be one of several. */
function openBook(reconcile: OutcomesOptions['reconcile'] = {}, { isAlone = true } = {}) {
  const list: PendingOrder[] = [];
  const asked: { before: number; limit: number; skip: number }[] = [];
  const own: { order: ExpectedOrder | null } = { order: { amount: 5, currency: 'cny', mchNo: 'M1' } };
  const merchantOrders = {
    find: async () => own.order,
    pending: async (before: Date, limit: number, skip: number) => {
      asked.push({ before: before.getTime(), limit, skip });
      return list.slice(skip, skip + limit);
    },
  };
  const inbox = new MemoryInbox();
  const options = outcomesOptions.resolve({ merchantOrders, reconcile });
  const merchants = { onlyMchNo: isAlone ? 'M1' : undefined } as MerchantDirectory;
  const orders = new PendingOrders(new InboxMemory(inbox), merchants, options);
  /** Sweeps, with this result for each order; up to `most` orders. */
  const sweep = async (resultOf: (mchOrderNo: string) => Finding['result'] = () => 'pending', most = 100) => {
    const take = orders.sweep();
    const seen: string[] = [];
    while (seen.length < most) {
      const [next] = await take(1);
      if (next === undefined) break;
      if (next instanceof Error) {
        seen.push('unreadable');
        continue;
      }
      seen.push(next.mchOrderNo);
      const result = resultOf(next.mchOrderNo);
      await orders.settle(next, { result, queried: undefined });
      if (result === 'applied')
        list.splice(
          list.findIndex(({ mchOrderNo }) => mchOrderNo === next.mchOrderNo),
          1,
        );
    }
    return seen;
  };
  const add = (...numbers: string[]) => list.push(...numbers.map((mchOrderNo) => ({ mchOrderNo })));
  return { list, add, asked, own, inbox, orders, merchantOrders, sweep };
}

describe('a sweep of the pending orders', () => {
  it('takes them one by one, with their kind and merchant', async () => {
    const { list, orders } = openBook();
    list.push({ mchOrderNo: 'O1' }, { mchOrderNo: 'T1', kind: 'transfer', merchant: { mchNo: 'M1', appId: 'A2' } });
    const take = orders.sweep();
    expect(await take(10)).toEqual([{ kind: 'payment', mchOrderNo: 'O1' }]);
    expect(await take(10)).toEqual([{ kind: 'transfer', mchOrderNo: 'T1', merchant: { mchNo: 'M1', appId: 'A2' } }]);
    expect(await take(10)).toEqual([]);
    expect(orders.atOnce).toBe(1);
  });

  it('asks for those that are old enough, page by page', async () => {
    const { add, asked, sweep } = openBook({ afterMs: 10 * MINUTE, batchSize: 2 });
    add('O1', 'O2', 'O3');
    expect(await sweep()).toEqual(['O1', 'O2', 'O3']);
    expect(asked).toEqual([0, 2].map((skip) => ({ before: START - 10 * MINUTE, limit: 2, skip })));
  });

  it('is empty without orders of the merchant', async () => {
    const orders = new PendingOrders(
      new InboxMemory(new MemoryInbox()),
      { onlyMchNo: 'M1' } as MerchantDirectory,
      outcomesOptions.resolve({}),
    );
    expect(orders.areThere).toBe(false);
    expect(await orders.sweep()(1)).toEqual([]);
    expect(await orders.takeNamed({ kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' })).toBeUndefined();
    expect(openBook().orders.areThere).toBe(true);
  });

  it('comes to an order again after a delay that doubles up to its maximum', async () => {
    const { add, sweep } = openBook({ everyMs: MINUTE, maxDelayMs: 5 * MINUTE });
    add('O1');
    const minutes: number[] = [];
    for (let minute = 0; minute <= 20; minute += 1) {
      if ((await sweep()).length > 0) minutes.push(minute);
      clock.tick(MINUTE);
    }
    expect(minutes).toEqual([0, 1, 3, 7, 12, 17]);
  });

  it('comes to it no earlier than that', async () => {
    const { add, sweep } = openBook({ everyMs: MINUTE });
    add('O1');
    await sweep();
    clock.tick(MINUTE - 1);
    expect(await sweep()).toEqual([]);
    clock.tick(1);
    expect(await sweep()).toEqual(['O1']);
  });

  it('delays an order that was applied, and is pending anew, as one that never was', async () => {
    const { add, sweep } = openBook({ everyMs: MINUTE });
    add('O1');
    await sweep();
    clock.tick(MINUTE);
    await sweep(() => 'applied');
    add('O1');
    expect(await sweep()).toEqual(['O1']);
    clock.tick(MINUTE);
    expect(await sweep()).toEqual(['O1']);
  });

  it('comes once a day to a transfer that needs attention', async () => {
    const { list, sweep } = openBook({ everyMs: MINUTE });
    list.push({ mchOrderNo: 'T1', kind: 'transfer' });
    await sweep(() => 'needs-attention');
    clock.tick(DAY - 1);
    expect(await sweep()).toEqual([]);
    clock.tick(1);
    expect(await sweep(() => 'needs-attention')).toEqual(['T1']);
  });

  it.each(['applied', 'queued'] as const)('passes over no order when the one before is gone (%s)', async (gone) => {
    const { add, list, sweep } = openBook({ batchSize: 2 });
    add('O1', 'O2', 'O3', 'O4', 'O5');
    const resultOf = () => {
      if (gone === 'queued') list.shift();
      return gone;
    };
    expect(await sweep(resultOf)).toEqual(['O1', 'O2', 'O3', 'O4', 'O5']);
  });

  it('goes on where the last one ended, and comes round once', async () => {
    const { add, sweep } = openBook({ batchSize: 2, everyMs: MINUTE, maxDelayMs: MINUTE });
    add('O1', 'O2', 'O3', 'O4', 'O5');
    expect(await sweep(undefined, 3)).toEqual(['O1', 'O2', 'O3']);
    clock.tick(MINUTE);
    expect(await sweep()).toEqual(['O4', 'O5', 'O1', 'O2', 'O3']);
    clock.tick(MINUTE);
    expect(await sweep()).toEqual(['O1', 'O2', 'O3', 'O4', 'O5']);
  });

  it('begins anew where the orders that it had come to are gone', async () => {
    const { add, list, sweep } = openBook({ batchSize: 2, everyMs: MINUTE });
    add('O1', 'O2', 'O3', 'O4');
    expect(await sweep(undefined, 3)).toEqual(['O1', 'O2', 'O3']);
    list.splice(1);
    clock.tick(MINUTE);
    expect(await sweep()).toEqual(['O1']);
  });

  it('delays orders of one number that belong to different merchants on their own', async () => {
    const { list, sweep } = openBook({ everyMs: MINUTE }, { isAlone: false });
    list.push({ mchOrderNo: 'O1', merchant: { mchNo: 'M1', appId: 'A1' } });
    expect(await sweep()).toEqual(['O1']);
    list.push({ mchOrderNo: 'O1', merchant: { mchNo: 'M2', appId: 'A2' } });
    expect(await sweep()).toEqual(['O1']);
    expect(await sweep()).toEqual([]);
  });

  it('ends where the book returns the same orders again', async () => {
    const { add, list, merchantOrders, sweep } = openBook({ batchSize: 2 });
    add('O1', 'O2', 'O3');
    merchantOrders.pending = async (_before, limit) => list.slice(0, limit);
    expect(await sweep()).toEqual(['O1', 'O2']);
  });

  it('reports an entry that cannot be read, and goes on with the others', async () => {
    const { add, list, orders, sweep } = openBook({ batchSize: 2 });
    list.push({ mchOrderNo: 7 } as never);
    add('O1', 'O2');
    expect(await sweep()).toEqual(['unreadable', 'O1', 'O2']);
    const [error] = await orders.sweep()(1);
    expect(error).toBeInstanceOf(Pass2PayMerchantOrdersError);
  });

  it('throws where the book cannot be read', async () => {
    const { merchantOrders, sweep } = openBook();
    merchantOrders.pending = async () => {
      throw new Error('database down');
    };
    await expect(sweep()).rejects.toThrow(
      'merchantOrders.pending failed for the orders that are not ended: database down',
    );
  });

  it('needs the merchant of each entry where there are several', async () => {
    const { list, sweep } = openBook({}, { isAlone: false });
    list.push({ mchOrderNo: 'O1' }, { mchOrderNo: 'O1', merchant: { mchNo: 'M2', appId: 'A2' } });
    expect(await sweep()).toEqual(['unreadable', 'O1']);
  });

  it('takes no notice of a query that it has not asked for', async () => {
    const { add, orders, sweep } = openBook();
    add('O1');
    const asked: NamedOrder = { kind: 'payment', mchOrderNo: 'O1' };
    await orders.settle(asked, { result: 'pending', queried: undefined });
    expect(await sweep()).toEqual(['O1']);
  });
});

describe('the turn of an order', () => {
  it('comes at the configured rate', async () => {
    const waits: number[] = [];
    jest.spyOn(timers, 'setTimeout').mockImplementation(async (ms = 0) => {
      waits.push(ms);
      clock.tick(ms);
    });
    const { orders } = openBook({ perMinute: 60 });
    for (let query = 1; query <= 3; query += 1) expect(await orders.turn()).toBe(true);
    expect(waits).toEqual([1_000, 1_000]);
    clock.tick(400);
    await orders.turn();
    clock.tick(5_000);
    await orders.turn();
    expect(waits).toEqual([1_000, 1_000, 600]);
  });

  it('does not come any more once the application shuts down, also for one that waits', async () => {
    const { orders } = openBook({ perMinute: 1 });
    expect(await orders.turn()).toBe(true);
    const waiting = orders.turn();
    orders.stop();
    expect(await waiting).toBe(false);
    clock.tick(DAY);
    expect(await orders.turn()).toBe(false);
  });

  it('throws where its timer fails', async () => {
    jest.spyOn(timers, 'setTimeout').mockRejectedValue(new Error('no timers'));
    const { orders } = openBook();
    await orders.turn();
    await expect(orders.turn()).rejects.toThrow('no timers');
  });
});

describe('an order that a notify names', () => {
  const NAMED = { kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' } as const;

  it('is taken with its merchant while it is pending', async () => {
    const { orders } = openBook();
    expect(await orders.takeNamed(NAMED)).toEqual({
      kind: 'payment',
      mchOrderNo: 'O1',
      merchant: { mchNo: 'M1', appId: 'A1' },
    });
  });

  it('is not taken where the merchant has none', async () => {
    const { own, orders } = openBook();
    own.order = null;
    expect(await orders.takeNamed(NAMED)).toBeUndefined();
  });

  it.each([
    ['payment', OrderState.Paying, true],
    ['payment', OrderState.Closed, false],
    ['transfer', TransferState.Processing, true],
    ['transfer', TransferState.Closed, false],
  ] as const)('%s of state %i at the merchant: taken %s', async (kind, lastState, isTaken) => {
    const { own, orders } = openBook();
    own.order = { amount: 5, currency: 'cny', lastState };
    expect((await orders.takeNamed({ ...NAMED, kind })) !== undefined).toBe(isTaken);
  });

  it.each([
    [OrderState.Paying, true],
    [OrderState.Success, false],
  ])('of which state %i was applied: taken %s', async (state, isTaken) => {
    const { inbox, orders } = openBook();
    const claimed = await inbox.claim('payment:M1:o1', 1_000);
    if (claimed.status === 'claimed') await inbox.complete(claimed.claim, state);
    expect((await orders.takeNamed(NAMED)) !== undefined).toBe(isTaken);
  });

  it('is not taken where it needs attention, which is reported once', async () => {
    const { orders } = openBook();
    const transfer = { ...NAMED, kind: 'transfer' } as const;
    expect(await orders.noteAttention(transfer)).toBe(true);
    expect(await orders.noteAttention(transfer)).toBe(false);
    expect(await orders.takeNamed(transfer)).toBeUndefined();
    expect(await orders.takeNamed(NAMED)).toBeDefined();
  });

  it('needs the merchant of the order where there are several', async () => {
    const { own, orders } = openBook({}, { isAlone: false });
    expect(await orders.takeNamed(NAMED)).toBeDefined();
    own.order = { amount: 5, currency: 'cny' };
    await expect(orders.takeNamed(NAMED)).rejects.toThrow('returned no mchNo for payment O1');
  });
});

it('a transfer that is noted to need attention keeps the delay that it had', async () => {
  const { list, orders, sweep } = openBook({ everyMs: MINUTE });
  list.push({ mchOrderNo: 'T1', kind: 'transfer' });
  await sweep();
  clock.tick(MINUTE);
  await sweep();
  await orders.noteAttention({ kind: 'transfer', mchNo: 'M1', appId: 'A1', mchOrderNo: 'T1' });
  clock.tick(2 * MINUTE - 1);
  expect(await sweep()).toEqual([]);
  clock.tick(1);
  expect(await sweep()).toEqual(['T1']);
  clock.tick(4 * MINUTE - 1);
  expect(await sweep()).toEqual([]);
});
