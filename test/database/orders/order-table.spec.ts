import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { CreateResult, CreateStart, NewOrder } from '../../../lib/client/order-store.js';
import { OrderTable } from '../../../lib/database/orders/order-table.js';
import type { SqlDatabase, SqlValue } from '../../../lib/database/sql-database.js';
import { Pass2PayApiError } from '../../../lib/errors/pass2pay.errors.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { lines, recordLines } from '../../support/log-lines.js';
import { CREATE_TIMES } from '../support/create-times.js';
import { MemoryTables } from '../support/memory-tables.js';

const START = Date.UTC(2024, 5, 1);
const LEASED_UNTIL = START + CREATE_TIMES.longestMs + 15_000;
const ORDER: NewOrder = {
  kind: 'payment',
  mchNo: 'M1',
  appId: 'A1',
  mchOrderNo: 'O1',
  amount: 5,
  currency: 'cny',
  custNo: 'C1',
  expiresInS: 600,
};
const LEASE = { until: LEASED_UNTIL, endsAt: 0 };
const REFUSED: CreateResult = { status: 'refused', error: new Pass2PayApiError(9999, '商户不存在', '', {}) };
const UNKNOWN: CreateResult = { status: 'unknown', error: new Error('no response') };
const created = (state: number, expiresAt?: Date): CreateResult => ({
  status: 'created',
  gatewayId: 'P1',
  response: { state, ...(expiresAt && { expiresAt }) },
});

let shop: MemoryTables;
let clock: Clock;
beforeEach(async () => {
  recordLines();
  shop = await MemoryTables.open();
  clock = FakeTimers.install({ now: START, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
});
afterEach(() => {
  clock.uninstall();
  shop.close();
});

const open = (database: SqlDatabase = shop.database, limit?: ConstructorParameters<typeof OrderTable>[4]) =>
  new OrderTable(database, shop.tables, '', CREATE_TIMES, limit);

/** The database, with what happens before each statement outside a transaction and before each transaction. */
const watched = ({ onRead, onBegin }: { onRead?: () => unknown; onBegin?: () => unknown }): SqlDatabase => ({
  dialect: 'sqlite',
  execute: async (...statement) => {
    const result = await shop.database.execute(...statement);
    await onRead?.();
    return result;
  },
  begin: async (limits) => {
    await onBegin?.();
    return shop.database.begin(limits);
  },
});

const update = (set: string) => shop.database.execute(`UPDATE ${shop.tables.order} SET ${set}`);

/** The start of a create that must not wait. */
const startOf = async (changes: Readonly<Record<string, SqlValue>>, order = ORDER): Promise<CreateStart> => {
  await shop.order(changes);
  return open().creating(order);
};

describe('a new order', () => {
  it('is stored with a lease before it is sent', async () => {
    await clock.tickAsync(7);
    const start = await open().creating({ ...ORDER, mchOrderNo: 'O1', checkoutKey: 'K1' });
    const until = LEASED_UNTIL + 7;
    expect(start).toStrictEqual({ known: 'nothing', lease: { until, endsAt: CREATE_TIMES.longestMs + 7 } });
    expect(await shop.row('order')).toMatchObject({
      kind: 'payment',
      mch_no: 'M1',
      compared_no: 'o1',
      mch_order_no: 'O1',
      app_id: 'A1',
      amount: 5,
      currency: 'cny',
      cust_no: 'C1',
      checkout_key: 'K1',
      status: 'creating',
      creating_until: until,
      next_check_at: until,
      expires_at: until + 600_000,
    });
  });

  it('is not sent if the table cannot store it', async () => {
    const error = new Error('disk full');
    const onBegin = () => {
      throw error;
    };
    await expect(open(watched({ onBegin })).creating(ORDER)).rejects.toBe(error);
    expect(await shop.rows('order')).toHaveLength(0);
  });

  it('is stored although another order with its number has just been deleted', async () => {
    let isFirst = true;
    const onBegin = () => {
      if (!isFirst) return;
      isFirst = false;
      throw Object.assign(new Error('UNIQUE constraint failed'), { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' });
    };
    expect(await open(watched({ onBegin })).creating(ORDER)).toStrictEqual({
      known: 'nothing',
      lease: { ...LEASE, endsAt: CREATE_TIMES.longestMs },
    });
    expect((await shop.row('order', 'status')).status).toBe('creating');
  });
});

describe('an order that was created', () => {
  const response = JSON.stringify({ state: 0, expiresAt: '2024-06-01T01:00:00.000Z' });

  it('is not sent again, and gives the response of its create', async () => {
    expect(await startOf({ response })).toStrictEqual({ known: 'created', response });
    expect((await shop.row('order', 'status, creating_until')).creating_until).toBeNull();
  });

  it('gives the response with its latest state', async () => {
    const start = await startOf({ response, gateway_state: OrderState.Paying });
    expect(start).toStrictEqual({ known: 'created', response: response.replace(':0,', ':1,') });
  });

  it.each([
    ['has ended', { response, gateway_state: OrderState.Success }],
    ['has no stored response', { response: null }],
  ])('is queried if it %s', async (_, row) => {
    expect(await startOf(row)).toStrictEqual({ known: 'created' });
  });
});

describe('a number that belongs to another order', () => {
  it.each([
    [{ amount: 6 }, 'amount is 6, not 5'],
    [{ currency: 'usd' }, 'currency is usd, not cny'],
    [{ app_id: 'A2' }, 'appId is A2, not A1'],
    [{ mch_order_no: 'o1 ' }, 'mchOrderNo is o1 , not O1 (the gateway ignores case and trailing spaces in numbers)'],
  ])('with %j is refused, and nothing is sent', async (row, difference) => {
    await shop.order({ status: 'refused', ...row });
    const before = await shop.row('order');
    await expect(open().creating(ORDER)).rejects.toMatchObject({
      name: 'Pass2PayOrderConflictError',
      code: 'PASS2PAY_ORDER_CONFLICT',
      mchOrderNo: 'O1',
      differences: [difference],
      message: `Another order has the number O1: ${difference}. Use a different number for each order.`,
    });
    expect(await shop.row('order')).toStrictEqual(before);
  });
});

describe('an order whose create made nothing certain', () => {
  it.each([
    ['refused', 'creating', 'nothing'],
    ['unknown', 'unknown', 'unknown'],
    ['never-made', 'unknown', 'unknown'],
  ] as const)('%s is leased again, becomes %s and is sent as %s', async (status, next, known) => {
    const start = await startOf({ status, cust_no: 'old' }, { ...ORDER, custNo: 'C2' });
    expect(start).toStrictEqual({ known, lease: { ...LEASE, endsAt: CREATE_TIMES.longestMs } });
    expect(await shop.row('order')).toMatchObject({
      status: next,
      creating_until: LEASED_UNTIL,
      next_check_at: LEASED_UNTIL,
      expires_at: LEASED_UNTIL + 600_000,
      cust_no: 'C2',
      kept_since: START,
    });
  });

  it.each(['creating', 'unknown'])('is unknown once the lease of its create has ended: %s', async (status) => {
    expect(await startOf({ status, creating_until: START })).toMatchObject({ known: 'unknown' });
    expect((await shop.row('order', 'status')).status).toBe('unknown');
  });

  it.each(['refused', 'unknown'])('%s is sent by one of two creates, which the other joins', async (status) => {
    await shop.order({ status });
    const both = [open().creating(ORDER), open().creating(ORDER)];
    const first = await Promise.race(both);
    await open().settled(ORDER, created(OrderState.Created), first);
    await clock.tickAsync(20);
    const starts = await Promise.all(both);
    expect(starts.filter(({ known }) => known === 'created')).toHaveLength(1);
    expect(starts).toContainEqual(first);
  });

  it.each(['creating_until = 7', "status = 'created'"])(
    'is not sent if another process sets %s meanwhile',
    async (set) => {
      await shop.order({ status: 'unknown' });
      let reads = 0;
      const onRead = async () => {
        if (++reads === 1) await update(set);
      };
      const starting = open(watched({ onRead })).creating(ORDER);
      await clock.tickAsync(0);
      expect(reads).toBe(1);
      expect((await shop.row('order', 'creating_until')).creating_until).not.toBe(LEASED_UNTIL);
      await clock.tickAsync(20);
      expect(await starting).toMatchObject({ known: set.includes('created') ? 'created' : 'unknown' });
    },
  );
});

describe('an order that another process is creating', () => {
  it('is read more and more seldom, and is unknown after the wait', async () => {
    await shop.order({ status: 'creating', creating_until: START + 1 + 2_000 });
    const times: number[] = [];
    const database = watched({ onRead: () => times.push(Date.now() - START) });
    const table = new OrderTable(database, shop.tables, '', { ...CREATE_TIMES, waitMs: 2_000 });
    const failing = expect(table.creating(ORDER)).rejects.toMatchObject({
      name: 'Pass2PayOutcomeUnknownError',
      mchOrderNo: 'O1',
      cause: { message: 'Another create of the number was still in progress after 2000 ms.' },
    });
    await clock.tickAsync(2_000);
    await failing;
    expect(times).toStrictEqual([0, 20, 60, 140, 300, 620, 1_120, 1_620, 2_000]);
    expect((await shop.row('order', 'status')).status).toBe('creating');
  });

  it('is joined as soon as it is created', async () => {
    await shop.order({ status: 'creating', creating_until: LEASED_UNTIL });
    const joining = open().creating(ORDER);
    await clock.tickAsync(30);
    await open().settled(ORDER, created(OrderState.Created), { known: 'nothing', lease: LEASE });
    await clock.tickAsync(30);
    expect(await joining).toStrictEqual({ known: 'created', response: '{"state":0}' });
  });

  it('is not waited for after the caller has aborted', async () => {
    await shop.order({ status: 'creating', creating_until: LEASED_UNTIL });
    const caller = new AbortController();
    const failing = expect(open().creating(ORDER, caller.signal)).rejects.toMatchObject({
      name: 'Pass2PayOutcomeUnknownError',
      mchOrderNo: 'O1',
      cause: 'the page was closed',
    });
    await clock.tickAsync(5);
    caller.abort('the page was closed');
    await failing;
    expect(Date.now()).toBe(START + 5);
  });

  it('is not waited for at all if the caller aborted before', async () => {
    await shop.order({ status: 'creating', creating_until: LEASED_UNTIL });
    await expect(open().creating(ORDER, AbortSignal.abort('gone'))).rejects.toMatchObject({ cause: 'gone' });
  });
});

describe('a customer who has reached the limit', () => {
  const retryAt = new Date(START + 60_000);
  const asked: unknown[] = [];
  const limited = () => {
    asked.length = 0;
    return open(shop.database, {
      retryAt: async (...given) => {
        asked.push(given);
        return retryAt;
      },
    });
  };

  it('gets no new order', async () => {
    await expect(limited().creating(ORDER)).rejects.toMatchObject({
      name: 'Pass2PayCustomerLimitError',
      code: 'PASS2PAY_CUSTOMER_LIMIT',
      mchOrderNo: 'O1',
      retryAt,
    });
    expect(asked).toStrictEqual([[ORDER, START]]);
    expect(await shop.rows('order')).toHaveLength(0);
  });

  it('gets no order that was refused before', async () => {
    await shop.order({ status: 'refused' });
    await expect(limited().creating(ORDER)).rejects.toMatchObject({ code: 'PASS2PAY_CUSTOMER_LIMIT' });
    expect((await shop.row('order', 'status')).status).toBe('refused');
  });

  it.each([
    ['created', 'created'],
    ['unknown', 'unknown'],
  ])('joins an order that exists or may exist: %s', async (status, known) => {
    await shop.order({ status });
    expect(await limited().creating(ORDER)).toMatchObject({ known });
  });

  it('orders again afterwards', async () => {
    const table = open(shop.database, { retryAt: async () => undefined });
    expect(await table.creating(ORDER)).toMatchObject({ known: 'nothing' });
  });
});

describe('a create that was confirmed', () => {
  const expiresAt = new Date(START + 600_000);
  const sent: CreateStart = { known: 'nothing', lease: LEASE };

  async function settle(
    row: Readonly<Record<string, SqlValue>>,
    result = created(OrderState.Created, expiresAt),
    start = sent,
  ) {
    await shop.order({ status: 'creating', creating_until: LEASED_UNTIL, next_check_at: LEASED_UNTIL, ...row });
    await open().settled({ ...ORDER, kind: row.kind === 'transfer' ? 'transfer' : 'payment' }, result, start);
    return shop.row('order');
  }

  it('is stored with its response, and is checked after a while', async () => {
    expect(await settle({})).toMatchObject({
      status: 'created',
      creating_until: null,
      gateway_id: 'P1',
      gateway_state: 0,
      expires_at: START + 600_000,
      response: JSON.stringify({ state: 0, expiresAt }),
      next_check_at: START + CREATE_TIMES.afterMs,
      kept_since: START,
    });
    expect(lines).toHaveLength(0);
  });

  it('of a transfer does not expire', async () => {
    const row = await settle({ kind: 'transfer', expires_at: LEASED_UNTIL }, created(1));
    expect(row).toMatchObject({ expires_at: null, response: '{"state":1}', gateway_state: 1 });
  });

  it.each(['unknown', 'refused', 'never-made'])('resolves an order that was %s', async (status) => {
    expect(await settle({ status })).toMatchObject({ status: 'created', gateway_id: 'P1' });
    expect(lines).toStrictEqual([
      'log Pass2PayCreate: The create of payment O1 of merchant M1 is resolved: another create of the number reported it.',
    ]);
  });

  it('completes an order that a notify reported meanwhile', async () => {
    const row = await settle({ status: 'created', gateway_state: OrderState.Paying });
    expect(row).toMatchObject({ status: 'created', creating_until: null, gateway_id: 'P1', gateway_state: 1 });
    expect(lines).toHaveLength(0);
  });

  it('is stored although another process holds the lease by now, because the order exists', async () => {
    expect(await settle({ creating_until: LEASED_UNTIL + 9 })).toMatchObject({ status: 'created' });
  });

  it('of an order that has ended already is queried soon, and keeps no response', async () => {
    expect(await settle({ response: '{}' }, created(OrderState.Failed))).toMatchObject({
      gateway_state: 3,
      response: null,
      next_check_at: START + 15_000,
      kept_since: null,
    });
  });

  it('keeps the time since when the order has customer data', async () => {
    expect(await settle({ kept_since: 0 })).toMatchObject({ kept_since: 0 });
  });

  it('does not schedule a check of an order whose end was applied meanwhile', async () => {
    const ended = { status: 'created', last_applied: OrderState.Success, next_check_at: null, response: null };
    expect(await settle(ended)).toMatchObject({ next_check_at: null, response: null, gateway_id: 'P1' });
  });
});

describe('a create that was not confirmed', () => {
  const row = { status: 'creating', creating_until: LEASED_UNTIL, next_check_at: LEASED_UNTIL };
  const settled = async (
    result: CreateResult,
    start: CreateStart,
    changes: Readonly<Record<string, SqlValue>> = {},
  ) => {
    await shop.order({ ...row, ...changes });
    await open().settled(ORDER, result, start);
    return shop.row('order', 'status, creating_until, next_check_at');
  };

  it('is never checked again if it was refused', async () => {
    expect(await settled(REFUSED, { known: 'nothing', lease: LEASE })).toStrictEqual({
      status: 'refused',
      creating_until: null,
      next_check_at: null,
    });
    expect(lines).toHaveLength(0);
  });

  it('is checked soon if it is unknown', async () => {
    expect(await settled(UNKNOWN, { known: 'unknown', lease: LEASE })).toStrictEqual({
      status: 'unknown',
      creating_until: null,
      next_check_at: START + 15_000,
    });
    expect(lines).toHaveLength(0);
  });

  it('resolves an unknown order if it was refused', async () => {
    expect(await settled(REFUSED, { known: 'unknown', lease: LEASE }, { status: 'unknown' })).toMatchObject({
      status: 'refused',
    });
    expect(lines).toStrictEqual([
      'log Pass2PayCreate: The create of payment O1 of merchant M1 is resolved: another create of the number reported it.',
    ]);
  });

  it.each([
    ['another create holds its lease', { creating_until: LEASED_UNTIL + 1 }],
    ['a notify reported it as created', { status: 'created' }],
  ])('changes nothing if %s', async (_, changes) => {
    expect(await settled(REFUSED, { known: 'unknown', lease: LEASE }, changes)).toStrictEqual({ ...row, ...changes });
    expect(lines).toHaveLength(0);
  });

  it.each<CreateStart>([{ known: 'created' }, { known: 'nothing' }, { known: 'unknown' }])(
    'changes nothing if it held no lease: %j',
    async (start) => {
      expect(await settled(REFUSED, start)).toStrictEqual(row);
      expect(lines).toHaveLength(0);
    },
  );
});
