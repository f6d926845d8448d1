import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { readDifferences } from '../../../lib/database/report/read-differences.js';
import type { SqlDatabase, SqlValue } from '../../../lib/database/sql-database.js';
import type { OrderDifference, ReportPeriod } from '../../../lib/outcomes/outcome-report.js';
import { MemoryTables } from '../support/memory-tables.js';

type Row = Readonly<Record<string, SqlValue>>;

const FROM = 1_000;
const TO = 2_000;
const NOW = 5_000;

let shop: MemoryTables;
let clock: Clock;
let count: number;
beforeEach(async () => {
  shop = await MemoryTables.open();
  clock = FakeTimers.install({ now: NOW, toFake: ['Date'] });
  count = 0;
});
afterEach(() => {
  clock.uninstall();
  shop.close();
});

async function differences(
  changes: Partial<ReportPeriod> = {},
  database: SqlDatabase = shop.database,
): Promise<OrderDifference[]> {
  const period = { from: new Date(FROM), to: new Date(TO), ...changes };
  const found: OrderDifference[] = [];
  for await (const difference of readDifferences({ database, tables: shop.tables, instance: '', period })) {
    found.push(difference);
  }
  return found;
}

const outcome = (changes: Row = {}) =>
  shop.outcome({
    idempotency_key: `key ${count++}`,
    amount: 7,
    currency: 'usd',
    result: 'failed',
    fields: JSON.stringify({ appId: 'A9', mchOrderNo: 'o1', payOrderId: 'P9', transferId: 'T9' }),
    received_at: FROM,
    ...changes,
  });

const reasons = async (changes: Partial<ReportPeriod> = {}) =>
  (await differences(changes)).map(({ reason, mchOrderNo }) => `${reason} ${mchOrderNo}`);

describe('an order whose state is not applied', () => {
  it('is reported with what is known of it', async () => {
    await shop.order({ gateway_id: 'P1', gateway_state: 5, last_applied: 2, currency: 'CNY', created_at: 400 });
    expect(await differences()).toStrictEqual([
      {
        reason: 'not-applied',
        kind: 'payment',
        mchNo: 'M1',
        appId: 'A1',
        mchOrderNo: 'O1',
        gatewayId: 'P1',
        gatewayState: 5,
        lastApplied: 2,
        amount: 5,
        currency: 'cny',
        since: new Date(400),
      },
    ]);
  });

  it('is reported since the first of its waiting events', async () => {
    await shop.order({ gateway_state: 2 });
    await outcome({ received_at: 700 });
    await outcome({ received_at: 600, result: 'dead' });
    await outcome({ received_at: 500, result: 'received' });
    await outcome({ received_at: 100, result: 'applied' });
    await outcome({ received_at: 200, compared_no: 'o2', result: 'mismatch' });
    await outcome({ received_at: 200, mch_no: 'M2', result: 'stale' });
    const [found] = await differences();
    expect(found).toMatchObject({ reason: 'not-applied', since: new Date(500) });
  });

  it.each<Row>([{ mch_no: 'M2' }, { kind: 'transfer' }, { compared_no: 'o2' }, { instance: 'other' }])(
    'is not since an event of another order with %j',
    async (other) => {
      await shop.order({ gateway_state: 2, created_at: 400 });
      await outcome({ received_at: 100, ...other });
      expect((await differences())[0]).toMatchObject({ mchOrderNo: 'O1', since: new Date(400) });
    },
  );

  it('is in state 2 while a success waits, although the query contradicts that', async () => {
    await shop.order({ gateway_state: 6, last_applied: 6, success_to_apply: 1 });
    expect(await differences()).toMatchObject([{ reason: 'not-applied', gatewayState: 2, lastApplied: 6 }]);
  });

  it.each([
    [TO - 1, 1],
    [TO, 0],
  ])('since %i is reported: %i', async (at, number) => {
    await shop.order({ gateway_state: 2, created_at: at });
    expect(await differences()).toHaveLength(number);
  });

  it.each(['20160427210604000490', '-1'])('is reported whatever its number, such as %s', async (number) => {
    await shop.order({ gateway_state: 2, compared_no: number, mch_order_no: number });
    expect(await reasons()).toStrictEqual([`not-applied ${number}`]);
  });

  it('is not reported once it is applied, or before it has ended', async () => {
    await shop.order({ gateway_state: 2, last_applied: 2 });
    await shop.order({ compared_no: 'o2', gateway_state: 1 });
    await shop.order({ compared_no: 'o3', status: 'refused' });
    expect(await differences()).toStrictEqual([]);
  });

  it('is one of the instance, and of one merchant if it is given', async () => {
    await shop.order({ gateway_state: 2, instance: 'other' });
    await shop.order({ gateway_state: 2 });
    await shop.order({ gateway_state: 2, mch_no: 'M2', mch_order_no: 'O2' });
    expect(await reasons()).toStrictEqual(['not-applied O1', 'not-applied O2']);
    expect(await reasons({ mchNo: 'M2' })).toStrictEqual(['not-applied O2']);
  });
});

describe('an order whose create is unknown', () => {
  it('is reported without a state', async () => {
    await shop.order({ status: 'unknown', created_at: 400 });
    expect(await differences()).toStrictEqual([
      {
        reason: 'create-unknown',
        kind: 'payment',
        mchNo: 'M1',
        appId: 'A1',
        mchOrderNo: 'O1',
        amount: 5,
        currency: 'cny',
        since: new Date(400),
      },
    ]);
  });

  it.each([
    ['has ended', NOW, 1],
    ['is unknown', null, 1],
    ['has not ended', NOW + 1, 0],
  ])('is one that is being created once the lease %s', async (_, at, number) => {
    await shop.order({ status: 'creating', next_check_at: at });
    const found = await differences();
    expect(found).toHaveLength(number);
    expect(found.every(({ reason }) => reason === 'create-unknown')).toBe(true);
  });

  it('is not applied if its final state is known', async () => {
    await shop.order({ status: 'unknown', gateway_state: 3 });
    expect(await reasons()).toStrictEqual(['not-applied O1']);
  });
});

describe('a transfer that needs attention', () => {
  it('is reported since its report', async () => {
    await shop.order({ kind: 'transfer', attention_at: 600, gateway_state: 0, created_at: 400 });
    await outcome({ kind: 'transfer', received_at: 500 });
    expect(await differences()).toMatchObject([
      { reason: 'needs-attention', kind: 'transfer', gatewayState: 0, since: new Date(600) },
    ]);
  });

  it('is not applied once its final state is known', async () => {
    await shop.order({ kind: 'transfer', attention_at: 600, gateway_state: 2, created_at: 400 });
    expect(await differences()).toMatchObject([{ reason: 'not-applied', since: new Date(400) }]);
  });
});

describe('an event whose order is not in the table', () => {
  it.each(['received', 'failed', 'dead'])('is reported with its own terms while it is %s', async (result) => {
    await outcome({ result, received_at: 100 });
    expect(await differences()).toStrictEqual([
      {
        reason: 'unknown-order',
        kind: 'payment',
        mchNo: 'M1',
        appId: 'A9',
        mchOrderNo: 'o1',
        gatewayId: 'P9',
        gatewayState: 2,
        amount: 7,
        currency: 'usd',
        since: new Date(100),
      },
    ]);
  });

  it('is reported with the gateway’s number of a transfer', async () => {
    await outcome({ kind: 'transfer' });
    expect(await differences()).toMatchObject([{ kind: 'transfer', gatewayId: 'T9' }]);
  });

  it.each<[string, Row]>([
    ['was applied', { result: 'applied' }],
    ['is stale', { result: 'stale' }],
    ['arrived after the period', { received_at: TO }],
    ['is of another instance', { instance: 'other' }],
  ])('is not reported if it %s', async (_, changes) => {
    await outcome(changes);
    expect(await differences()).toStrictEqual([]);
  });

  it('is not reported as unknown once its order is there', async () => {
    await shop.order();
    await outcome();
    expect(await differences()).toStrictEqual([]);
  });

  it.each<Row>([{ mch_no: 'M2' }, { kind: 'transfer' }, { instance: 'other' }, { compared_no: 'o2' }])(
    'is reported although an order with %j is there',
    async (other) => {
      await shop.order(other);
      await outcome();
      expect(await reasons()).toStrictEqual(['unknown-order o1']);
    },
  );
});

describe('a mismatch', () => {
  it('is reported with the gateway’s terms and what was applied', async () => {
    await shop.order({ last_applied: 0 });
    await outcome({ result: 'mismatch', received_at: FROM });
    expect(await differences()).toStrictEqual([
      {
        reason: 'mismatch',
        kind: 'payment',
        mchNo: 'M1',
        appId: 'A9',
        mchOrderNo: 'o1',
        gatewayId: 'P9',
        gatewayState: 2,
        lastApplied: 0,
        amount: 7,
        currency: 'usd',
        since: new Date(FROM),
      },
    ]);
  });

  it.each<[string, Row]>([
    ['arrived before the period', { received_at: FROM - 1 }],
    ['arrived after the period', { received_at: TO }],
    ['is of another instance', { instance: 'other' }],
    ['was applied later', { applied_at: FROM }],
  ])('is not reported if it %s', async (_, changes) => {
    await outcome({ result: 'mismatch', ...changes });
    expect(await differences()).toStrictEqual([]);
  });

  it('is one of the merchant that is given', async () => {
    await outcome({ result: 'mismatch' });
    await outcome({ result: 'mismatch', mch_no: 'M2', received_at: TO - 1 });
    expect(await differences({ mchNo: 'M2' })).toMatchObject([{ mchNo: 'M2', since: new Date(TO - 1) }]);
  });
});

describe('the differences of a period', () => {
  it('are orders, then events without an order, then mismatches', async () => {
    await outcome({ result: 'mismatch', compared_no: 'o3' });
    await outcome({ compared_no: 'o2' });
    await shop.order({ gateway_state: 2 });
    expect((await differences()).map(({ reason }) => reason)).toStrictEqual([
      'not-applied',
      'unknown-order',
      'mismatch',
    ]);
  });

  it('are read a page at a time, each once', async () => {
    const statements: string[] = [];
    const database: SqlDatabase = {
      dialect: 'sqlite',
      begin: (limits) => shop.database.begin(limits),
      execute: (sql, params) => {
        statements.push(sql);
        return shop.database.execute(sql, params);
      },
    };
    await shop.committing(async (transaction) => {
      const order = `INSERT INTO ${shop.tables.order} (instance, kind, mch_no, compared_no, mch_order_no, app_id, amount, currency, status, created_at, checks, gateway_state)`;
      const outcomes = `INSERT INTO ${shop.tables.outcome} (instance, idempotency_key, kind, mch_no, compared_no, state, amount, currency, source, result, late, deliveries, attempts, fields, received_at)`;
      const numbers = 'WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1002)';
      // Three orders share each number, and all events arrive at two times.
      await transaction.execute(
        `${order} ${numbers} SELECT '', CASE i % 3 WHEN 2 THEN 'transfer' ELSE 'payment' END, CASE i % 3 WHEN 0 THEN 'M1' ELSE 'M2' END, 'o' || (i / 3), 'O' || i, 'A1', 5, 'cny', 'created', 0, 0, 2 FROM n`,
      );
      await transaction.execute(
        `${outcomes} ${numbers} SELECT '', 'k' || i, 'payment', 'M1', 'x' || i, 2, 5, 'cny', 'notify', 'failed', 0, 1, 1, '{"mchOrderNo":"X' || i || '"}', i / 700 FROM n`,
      );
    });
    const found = await differences({}, database);
    const numbers = found.map(({ mchOrderNo }) => mchOrderNo);
    expect(found).toHaveLength(2_006);
    expect(new Set(numbers).size).toBe(2_006);
    // Three pages of orders, three of events, one of mismatches.
    expect(statements).toHaveLength(7);
  });

  it('are none of an empty table', async () => {
    expect(await differences()).toStrictEqual([]);
  });
});
