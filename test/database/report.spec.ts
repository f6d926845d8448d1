// What the books get at the day's end, from the tables as deliveries leave them.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inTransaction } from '../../lib/database/transaction/in-transaction.js';
import { OutcomeTable } from '../../lib/database/outcomes/outcome-table.js';
import { SqlReports } from '../../lib/database/report/sql-reports.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf, type Tables } from '../../lib/database/schema/schema-names.js';
import type { SqlDatabase, SqlValue } from '../../lib/database/sql-database.js';
import type { OrderDifference, ReportPeriod } from '../../lib/outcomes/outcome-report.js';
import { outcomeEvent, type OutcomeEvent } from '../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { Transfer } from '../../lib/transfers/transfer.dto.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { getPass2PayToken } from '../../lib/pass2pay.tokens.js';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { startApp } from '../support/nest-app.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops } from './support/shops.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 24, 16);
const PERIOD = { from: new Date(START), to: new Date(START + DAY) };
const NOON = START + DAY / 2;
const { mchNo: ownNo, appId, secret } = DEFAULT_MERCHANT;
const merchants = [{ mchNo: ownNo, appId, secrets: secret }];
const withoutDatabase = { baseUrl: 'http://127.0.0.1:9', merchants };
const NONE = { count: 0, sum: 0n };
const APP = '60cc09bce4b0f1c0b83761c9';

interface Told {
  no: string;
  state: number;
  at?: number;
  kind?: 'payment' | 'transfer';
  amount?: number;
  currency?: string;
  source?: 'notify' | 'query';
  mchNo?: string;
  /** The handlers fail, and the outcome is kept; `dead`: for good. */
  end?: 'fails' | 'dead';
}

interface Made {
  no: string;
  kind?: 'payment' | 'transfer';
  amount?: number;
  currency?: string;
  mchNo?: string;
  status?: string;
  [column: string]: SqlValue | undefined;
}

function eventOf({
  no,
  state,
  kind = 'payment',
  amount = 100,
  currency = 'CNY',
  source = 'notify',
  mchNo = 'M1',
}: Told) {
  const fields = { mchNo, appId: APP, mchOrderNo: no, amount, currency, state };
  const data =
    kind === 'payment'
      ? Object.assign(new PaymentOrder(), fields, { payOrderId: `P${no}` })
      : Object.assign(new Transfer(), fields, { transferId: `T${no}` });
  return outcomeEvent(data, source);
}

for (const { need, open } of PLACES) {
  await describeWhere(need, `the report on ${need}`, () => {
    const prefix = `r${randomBytes(5).toString('hex')}_`;
    const tables = tablesOf({ prefix });
    let place: Place;
    let table: OutcomeTable;

    beforeAll(async () => {
      place = open();
      await ensureSchema(place.database, { prefix });
      table = new OutcomeTable(place.database.dialect, tables, '');
    });

    afterAll(async () => {
      for (const name of Object.values(tables)) await place.database.execute(`DROP TABLE ${name}`);
      await place.close();
    });

    const clear = async () => {
      for (const name of [tables.order, tables.outcome]) await place.database.execute(`DELETE FROM ${name}`);
    };
    beforeEach(clear);

    const make = async (order: Made) => {
      const { no, kind = 'payment', mchNo = 'M1', amount = 100, currency = 'cny', status = 'created', ...rest } = order;
      const key = { instance: '', kind, mch_no: mchNo, compared_no: no.toLowerCase(), mch_order_no: no, app_id: APP };
      const row = { ...key, amount, currency, status, created_at: START, checks: 0, ...rest };
      await place.database.execute(
        `INSERT INTO ${tables.order} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
          .map(() => '?')
          .join(', ')})`,
        Object.values(row),
      );
    };

    /** What a delivery does to the tables, apart from the handlers; gives the result. */
    const tell = async (told: Told): Promise<string> => {
      const { at = NOON, end } = told;
      const event = eventOf(told);
      const transaction = await place.database.begin(LIMITS);
      const received = await table.receive(transaction, event, at);
      if (end === undefined || received.result !== 'new') {
        await transaction.commit();
        return received.result;
      }
      await transaction.rollback();
      const failure = { judgement: received, error: 'the warehouse is closed', now: at };
      await inTransaction(place.database, LIMITS, (own) =>
        table.fail(own, event, { ...failure, dueAt: end === 'dead' ? undefined : at + 1 }),
      );
      return end;
    };

    const report = (period: Partial<ReportPeriod> = {}, instance = '') =>
      new SqlReports(place.database, tables, instance).report({ ...PERIOD, ...period });

    const totals = async (period: Partial<ReportPeriod> = {}) => (await report(period)).totals;

    const differences = async (period: Partial<ReportPeriod> = {}) => {
      const all: OrderDifference[] = [];
      for await (const difference of (await report(period)).differences()) all.push(difference);
      return all;
    };

    it('is empty at first', async () => {
      await make({ no: 'O1' });
      expect([await totals(), await differences()]).toEqual([[], []]);
    });

    it('counts each success once, by the time at which it was applied', async () => {
      for (const no of ['O1', 'O2', 'O3', 'O4']) await make({ no });
      await tell({ no: 'O1', state: 2, at: START - 1 });
      await tell({ no: 'O2', state: 2, at: START });
      await tell({ no: 'O3', state: 2, at: START + DAY - 1 });
      await tell({ no: 'O4', state: 2, at: START + DAY });
      expect(await totals()).toMatchObject([{ kind: 'payment', currency: 'cny', applied: { count: 2, sum: 200n } }]);
    });

    it('counts a payment on the day on which its handlers succeeded, not on the one of its failure', async () => {
      await make({ no: 'O1' });
      await tell({ no: 'O1', state: 2, at: START - 5, end: 'fails' });
      expect(await totals()).toMatchObject([{ applied: NONE, toApply: { count: 1, sum: 100n } }]);
      await tell({ no: 'O1', state: 2, source: 'query' });
      expect(await totals()).toMatchObject([{ applied: { count: 1 }, duplicates: NONE, toApply: NONE }]);
      expect(await differences()).toEqual([]);
    });

    it('tells late payments among the applied ones, and finds no difference where the query goes on saying closed', async () => {
      await make({ no: 'O1' });
      await tell({ no: 'O1', state: 6 });
      await tell({ no: 'O1', state: 2 });
      expect(await totals()).toMatchObject([{ applied: { count: 1, sum: 100n }, late: { count: 1, sum: 100n } }]);
      expect(await differences()).toEqual([]);
    });

    it('counts notifies that came again, also after the refund, and no queries', async () => {
      await make({ no: 'O1' });
      await tell({ no: 'O1', state: 2, source: 'query' });
      expect(await tell({ no: 'O1', state: 2, at: NOON + DAY })).toBe('duplicate');
      expect(await tell({ no: 'O1', state: 2, source: 'query' })).toBe('duplicate');
      await tell({ no: 'O1', state: 5 });
      expect(await tell({ no: 'O1', state: 2 })).toBe('stale');
      await tell({ no: 'O1', state: 5 });
      expect(await totals()).toMatchObject([
        {
          applied: { count: 1, sum: 100n },
          duplicates: { count: 2, sum: 200n },
          stale: NONE,
          refunded: { count: 1, sum: 100n },
        },
      ]);
    });

    it('counts notifies of a payment that was imported as applied', async () => {
      await make({ no: 'O1', last_applied: 2, gateway_state: 2 });
      for (let i = 0; i < 3; i++) expect(await tell({ no: 'O1', state: 2 })).toBe('duplicate');
      expect(await totals()).toMatchObject([{ applied: NONE, duplicates: { count: 3, sum: 300n } }]);
      expect(await totals({ from: PERIOD.to, to: new Date(START + 2 * DAY) })).toEqual([]);
    });

    it('counts a success that came after its refund as stale', async () => {
      await make({ no: 'O1' });
      await tell({ no: 'O1', state: 5 });
      await tell({ no: 'O1', state: 2 });
      await tell({ no: 'O1', state: 2 });
      expect(await totals()).toMatchObject([
        { applied: NONE, stale: { count: 1, sum: 100n }, refunded: { count: 1, sum: 100n } },
      ]);
    });

    it('counts what came in of a mismatch, and the order’s own amount once it fits', async () => {
      await make({ no: 'O1' });
      expect(await tell({ no: 'O1', state: 2, amount: 7_000, currency: ' USD' })).toBe('mismatch');
      expect(await totals()).toMatchObject([{ currency: 'usd', applied: NONE, mismatched: { count: 1, sum: 7_000n } }]);
      expect(await differences()).toEqual([
        {
          reason: 'mismatch',
          kind: 'payment',
          mchNo: 'M1',
          appId: APP,
          mchOrderNo: 'O1',
          gatewayId: 'PO1',
          gatewayState: 2,
          amount: 7_000,
          currency: 'usd',
          since: new Date(NOON),
        },
      ]);
      expect(await tell({ no: 'O1', state: 2 })).toBe('new');
      expect(await totals()).toMatchObject([{ currency: 'cny', applied: { count: 1, sum: 100n }, mismatched: NONE }]);
      expect(await differences()).toEqual([]);
    });

    it('a retry of a payment delivers what failed, not the mismatch that came before it', async () => {
      await make({ no: 'O1' });
      await tell({ no: 'O1', state: 2, amount: 7_000 });
      await tell({ no: 'O1', state: 2, end: 'fails' });
      const take = { mchNos: undefined, now: NOON + DAY, leaseMs: 1, most: 9 };
      const due = await inTransaction(place.database, LIMITS, (own) => table.takeDue(own, take));
      expect(due.map(({ event }) => event.data.amount)).toEqual([100]);
    });

    it('names what is still to apply, whenever before the period’s end it came, until it is applied', async () => {
      await make({ no: 'O1' });
      await make({ no: 'O2', kind: 'transfer' });
      await make({ no: 'O3' });
      await tell({ no: 'O1', state: 2, at: START - 40 * DAY, end: 'fails' });
      await tell({ no: 'O2', state: 2, kind: 'transfer', end: 'dead' });
      await tell({ no: 'O3', state: 2, at: START + DAY, end: 'fails' });
      expect(await totals()).toMatchObject([
        { kind: 'payment', toApply: { count: 1, sum: 100n }, dead: NONE },
        { kind: 'transfer', toApply: NONE, dead: { count: 1, sum: 100n } },
      ]);
      expect(await differences()).toEqual([
        {
          reason: 'not-applied',
          kind: 'payment',
          mchNo: 'M1',
          appId: APP,
          mchOrderNo: 'O1',
          gatewayState: 2,
          amount: 100,
          currency: 'cny',
          since: new Date(START - 40 * DAY),
        },
        expect.objectContaining({ kind: 'transfer', mchOrderNo: 'O2', gatewayState: 2, since: new Date(NOON) }),
      ]);
      await tell({ no: 'O1', state: 2, at: START + DAY });
      expect((await differences()).map(({ mchOrderNo }) => mchOrderNo)).toEqual(['O2']);
    });

    it('names orders whose state differs, unknown creates and unknown orders, and none that is as it was applied', async () => {
      const future = Date.now() + DAY;
      await make({ no: 'Closed', gateway_state: 6 });
      await make({ no: 'Refund', gateway_state: 5, last_applied: 2 });
      await make({ no: 'Unknown', status: 'unknown', next_check_at: future });
      await make({ no: 'Lapsed', status: 'creating', next_check_at: 1 });
      await make({ no: 'Made', status: 'creating', next_check_at: future });
      await make({ no: 'Stuck', kind: 'transfer', gateway_state: 0, attention_at: START + 5 });
      await make({ no: 'Went on', kind: 'transfer', gateway_state: 2, last_applied: 2, attention_at: START + 5 });
      await make({ no: 'Refused', status: 'refused' });
      await make({ no: 'Never', status: 'never-made' });
      await make({ no: 'Paying', gateway_state: 1 });
      await make({ no: 'Paid', gateway_state: 2, last_applied: 2 });
      await make({ no: 'Later', status: 'unknown', created_at: START + DAY });
      await make({ no: 'Late', last_applied: 3, gateway_state: 3 });
      await tell({ no: 'Late', state: 2, end: 'dead' });
      // The table has no row of it; its text is one that JSON writes with escapes.
      await inTransaction(place.database, LIMITS, (own) => {
        const event = eventOf({ no: 'Elsewhere', state: 2 }) as Extract<OutcomeEvent, { kind: 'payment' }>;
        event.data.subject = '\uD83D and \0';
        const judgement = { result: 'new', late: false, gatewayState: undefined, previousState: undefined } as const;
        return table.fail(own, event, { judgement, error: 'unknown order: …', now: NOON, dueAt: NOON });
      });
      const found = (await differences()).map((each) => [
        each.mchOrderNo,
        each.reason,
        each.gatewayState,
        each.lastApplied,
      ]);
      expect(found).toEqual([
        ['Closed', 'not-applied', 6, undefined],
        ['Lapsed', 'create-unknown', undefined, undefined],
        ['Late', 'not-applied', 2, 3],
        ['Refund', 'not-applied', 5, 2],
        ['Stuck', 'needs-attention', 0, undefined],
        ['Unknown', 'create-unknown', undefined, undefined],
        ['Elsewhere', 'unknown-order', 2, undefined],
      ]);
    });

    it('is one merchant’s where it is asked for one, and never another instance’s', async () => {
      await make({ no: 'O1', mchNo: 'M1' });
      await make({ no: 'O1', mchNo: 'M2', amount: 300 });
      await make({ no: 'O2', mchNo: 'M2', status: 'unknown' });
      await tell({ no: 'O1', state: 2, mchNo: 'M1' });
      await tell({ no: 'O1', state: 2, mchNo: 'M2', amount: 300 });
      expect(await totals()).toMatchObject([{ applied: { count: 2, sum: 400n } }]);
      expect(await totals({ mchNo: 'M2' })).toMatchObject([{ applied: { count: 1, sum: 300n } }]);
      expect([(await differences({ mchNo: 'M1' })).length, (await differences({ mchNo: 'M2' })).length]).toEqual([
        0, 1,
      ]);
      const other = await report({}, 'eu');
      expect(other.totals).toEqual([]);
      for await (const difference of other.differences()) expect(difference).toBeUndefined();
    });

    it('names every order, however many there are', async () => {
      const columns = 'instance, kind, mch_no, app_id, amount, currency, status, created_at, checks';
      await place.database.execute(
        `INSERT INTO ${tables.order} (compared_no, mch_order_no, ${columns})
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600),
           k (kind) AS (SELECT 'payment' UNION ALL SELECT 'transfer')
         SELECT ${need === 'libsql' ? "'o' || i, 'O' || i" : "CONCAT('o', i), CONCAT('O', i)"}, '', kind, 'M1', 'A1', 100, 'cny', 'unknown', 1, 0 FROM n CROSS JOIN k`,
      );
      const found = await differences();
      expect([found.length, new Set(found.map(({ kind, mchOrderNo }) => `${kind} ${mchOrderNo}`)).size]).toEqual([
        1_200, 1_200,
      ]);
    });

    it('adds up beyond 2^53 without rounding', async () => {
      const most = Number.MAX_SAFE_INTEGER;
      for (const no of ['O1', 'O2', 'O3']) {
        await make({ no, amount: most });
        await tell({ no, state: 2, amount: most });
        await tell({ no, state: 2, amount: most });
      }
      const sum = 3n * BigInt(most);
      expect(await totals()).toMatchObject([{ applied: { count: 3, sum }, duplicates: { count: 3, sum } }]);
    });

    it('adds up what any sequence of outcomes has come to', async () => {
      const numbers = ['O1', 'O2', 'O3'];
      const told = fc.record({
        no: fc.constantFrom(...numbers),
        state: fc.constantFrom(2, 2, 2, 5, 6, 1, 3, 7),
        amount: fc.constantFrom(100, 100, 100, 100, 7),
        source: fc.constantFrom('notify' as const, 'query' as const),
        end: fc.constantFrom(undefined, undefined, undefined, 'fails' as const, 'dead' as const),
        hoursLater: fc.nat({ max: 20 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(told, { minLength: 1, maxLength: 14 }), async (list) => {
          await clear();
          for (const no of numbers) await make({ no });
          const books = new Books();
          let at = START - DAY / 2;
          for (const { hoursLater, ...each } of list) {
            at += hoursLater * 3_600_000;
            await tell({ ...each, at });
            books.tell({ ...each, at });
          }
          const [found] = await totals();
          const { kind: _, currency: __, ...lines } = found ?? { kind: 0, currency: 0 };
          const counted = Object.entries(lines).filter(([, line]) => line.count > 0);
          expect(Object.fromEntries(counted)).toEqual(books.lines());
        }),
        { numRuns: need === 'libsql' ? 100 : 15 },
      );
    });

    if (need !== 'libsql') {
      it('reads one day of many by an index, whether the database has statistics or not', async () => {
        const columns =
          'instance, kind, mch_no, state, amount, currency, source, late, deliveries, attempts, fields, result';
        const values = "'', 'payment', 'M1', 2, 100, 'cny', 'notify', 0, 1, 1, '{}'";
        const all = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 142)
           SELECT CONCAT('key-', a.i, '-', b.i), 'o1', ${values}`;
        // 142 days, one outcome of a day without effect.
        await place.database.execute(
          `INSERT INTO ${tables.outcome} (idempotency_key, compared_no, ${columns}, received_at, applied_at)
           ${all}, 'applied', ${START} + (a.i - 71) * ${DAY}.0, ${START} + (a.i - 71) * ${DAY}.0 + b.i FROM n a CROSS JOIN n b WHERE b.i > 1`,
        );
        await place.database.execute(
          `INSERT INTO ${tables.outcome} (idempotency_key, compared_no, ${columns}, received_at)
           ${all}, 'stale', ${START} + (a.i - 71) * ${DAY}.0 FROM n a CROSS JOIN n b WHERE b.i = 1`,
        );
        const { sql, params } = await statementOf(place.database, tables);
        expect(await totals()).toMatchObject([{ applied: { count: 141 }, stale: { count: 1 } }]);
        const plan = async () => {
          const { rows } = await place.database.execute(`EXPLAIN ${sql}`, params);
          if (need === 'MariaDB') {
            const reads = rows.filter((row) => row.table === tables.outcome);
            return reads.map((row) => `${String(row.key).replace(/.*outcome_/, '')} ${String(row.type)}`);
          }
          const lines = rows.map((row) => String(Object.values(row)[0]));
          return lines.flatMap(
            (line) => /Index Cond: \(+applied_at (?:>=|IS NULL)|_not_applied|Seq Scan/.exec(line) ?? [],
          );
        };
        const byIndex =
          need === 'MariaDB'
            ? ['by_day range', 'by_day range', 'not_applied range']
            : ['Index Cond: ((applied_at >=', 'Index Cond: ((applied_at IS NULL', '_not_applied'];
        expect(await plan()).toEqual(byIndex);
        await place.database.execute(`ANALYZE ${need === 'PostgreSQL' ? '' : 'TABLE '}${tables.outcome}`);
        expect(await plan()).toEqual(byIndex);
      });
    }
  });
}

/** What the totals run: one statement, so that they are of one moment. */
async function statementOf(database: SqlDatabase, tables: Tables): Promise<{ sql: string; params: SqlValue[] }> {
  const statements: { sql: string; params: SqlValue[] }[] = [];
  const spied = {
    ...database,
    execute: (sql: string, params: readonly SqlValue[] = []) => {
      statements.push({ sql, params: [...params] });
      return database.execute(sql, params);
    },
  };
  await new SqlReports(spied, tables, '').report(PERIOD);
  expect(statements).toHaveLength(1);
  return statements[0]!;
}

interface Entry {
  result: string;
  amount: number;
  receivedAt: number;
  appliedAt: number;
  late: boolean;
  again: number;
}

/** How far a state is, by its number. */
const FAR = [0, 1, 3, 2, 2, 4, 2];

const isUnpaid = (state: number | undefined) => state === 3 || state === 6;

/** How a bookkeeper would count what was told of orders of 100, with an entry for each state of an order. */
class Books {
  private readonly entries = new Map<string, Entry>();
  private readonly orders = new Map<string, { applied?: number; said?: number; hasSuccessToApply: boolean }>();

  tell({ no, state, amount, at, source, end }: Told & { amount: number; at: number }): void {
    const order = this.orders.get(no) ?? { hasSuccessToApply: false };
    this.orders.set(no, order);
    const known = this.entries.get(`${no} ${state}`);
    const entry = known ?? { result: '', amount, receivedAt: at, appliedAt: 0, late: false, again: 0 };
    this.entries.set(`${no} ${state}`, entry);
    const { applied, said, hasSuccessToApply } = order;
    if (amount !== 100 || state === 7) {
      if (known === undefined) entry.result = 'mismatch';
    } else if (state === applied || isBehind(state, applied) || (hasSuccessToApply && isBehind(state, 2))) {
      if (known === undefined) entry.result = 'stale';
      else if (entry.result === 'applied' && source === 'notify') entry.again++;
    } else {
      if (state === 2 && (isUnpaid(said) || isUnpaid(applied))) entry.late = true;
      if (isUnpaid(state) ? said !== 5 : state === 5) order.said = state;
      entry.amount = amount;
      entry.result = end ?? 'applied';
      if (end === undefined) {
        entry.appliedAt = at;
        order.applied = state;
        order.hasSuccessToApply = false;
      } else if (state === 2) order.hasSuccessToApply = true;
    }
  }

  lines(): Record<string, { count: number; sum: bigint }> {
    const lines = new Map<string, { count: number; sum: bigint }>();
    const add = (name: string, amount: number, times = 1) => {
      const { count, sum } = lines.get(name) ?? NONE;
      if (times > 0) lines.set(name, { count: count + times, sum: sum + BigInt(amount * times) });
    };
    const isWithin = (at: number) => at >= START && at < START + DAY;
    for (const [key, { result, amount, receivedAt, appliedAt, late, again }] of this.entries) {
      const isApplied = result === 'applied' && isWithin(appliedAt);
      if (key.endsWith(' 5') && isApplied) add('refunded', amount);
      if (!key.endsWith(' 2')) continue;
      if (isApplied) {
        add('applied', amount);
        if (late) add('late', amount);
        add('duplicates', amount, again);
      }
      if (result === 'stale' && isWithin(receivedAt)) add('stale', amount);
      if (result === 'mismatch' && isWithin(receivedAt)) add('mismatched', amount);
      if (result === 'fails' && receivedAt < START + DAY) add('toApply', amount);
      if (result === 'dead' && receivedAt < START + DAY) add('dead', amount);
    }
    return Object.fromEntries(lines);
  }
}

function isBehind(state: number, other: number | undefined): boolean {
  return other !== undefined && state !== other && FAR[state]! <= FAR[other]!;
}

await describeWhere('libsql', 'the reconciler’s report', () => {
  it('is of its own instance of the module', async () => {
    const place = PLACES.find(({ need }) => need === 'libsql')!.open();
    const shops = await Shops.open(place);
    const shop = await shops.start({}, { name: 'eu' });
    await shop.create('O1');
    await shops.sandbox.pay('O1');
    await shops.sandbox.advance(0);
    const reconciler = shop.app.get<Reconciler>(getPass2PayToken(Reconciler, 'eu'));
    const { totals } = await reconciler.report({ from: new Date(0), to: new Date(Date.now() + DAY) });
    expect(totals).toMatchObject([{ kind: 'payment', currency: 'cny', applied: { count: 1, sum: 100n } }]);
    await shops.close();
    await place.close();
  });

  it.each([
    [{ from: new Date(2), to: new Date(2) }, /^to must be after from/],
    [{ from: new Date('soon'), to: 5 as unknown as Date }, /^from must be a valid Date; to must be a valid Date/],
    [{ ...PERIOD, mchNo: '' }, /^mchNo must be a non-empty string/],
  ])('is not of the period %j', async (period, message) => {
    const { app } = await startApp({ imports: [Pass2PayModule.forRoot(withoutDatabase)] });
    await expect(app.get(Reconciler).report(period)).rejects.toMatchObject({
      name: 'Pass2PayValidationError',
      message: expect.stringMatching(message),
    });
    await app.close();
  });

  it('needs the option database', async () => {
    const { app } = await startApp({ imports: [Pass2PayModule.forRoot(withoutDatabase)] });
    await expect(app.get(Reconciler).report(PERIOD)).rejects.toThrow(
      /database is required for Reconciler\.report, which reads the order and outcome tables/,
    );
    await app.close();
  });
});
