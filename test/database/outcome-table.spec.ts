import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import mysql from 'mysql2/promise';
import pg from 'pg';
import Libsql from 'libsql';
import { mysqlDatabase } from '../../lib/database/adapters/mysql.js';
import { gatewayStateWith, judge, type Judgement } from '../../lib/database/outcomes/judgement.js';
import { ORDER_KEY, orderKeyOf, readOrderRow } from '../../lib/database/orders/order-row.js';
import { OutcomeTable, type Received } from '../../lib/database/outcomes/outcome-table.js';
import { pgDatabase } from '../../lib/database/adapters/pg.js';
import { ensureSchema, migrationSql } from '../../lib/database/schema/ensure-schema.js';
import { SCHEMA_VERSION } from '../../lib/database/schema/migrations.js';
import { checkSchema } from '../../lib/database/schema/schema-version.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { sqliteDatabase } from '../../lib/database/adapters/sqlite.js';
import { outcomeEvent } from '../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { classify, isFinalState, unpaidBefore } from '../../lib/protocol/state-order.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const NOW = Date.UTC(2024, 5, 1);
const IDENTITY = { mchNo: 'M1621873433953', appId: '60cc09bce4b0f1c0b83761c9' };

const PLACES = [
  {
    need: 'PostgreSQL',
    open: () => {
      const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 8 });
      return { database: pgDatabase(pool), close: () => pool.end() };
    },
  },
  {
    need: 'MariaDB',
    open: () => {
      const pool = mysql.createPool({ uri: MARIADB_URL, connectionLimit: 8 });
      return { database: mysqlDatabase(pool), close: () => pool.end() };
    },
  },
  {
    need: 'libsql',
    open: () => {
      const connection = new Libsql(':memory:');
      return { database: sqliteDatabase(connection), close: async () => connection.close() };
    },
  },
] as const;

for (const { need, open } of PLACES) {
  await describeWhere(need, `the tables on ${need}`, () => {
    const names = { prefix: `p${randomBytes(5).toString('hex')}_` };
    const tables = tablesOf(names);
    let place: { database: SqlDatabase; close(): Promise<unknown> };
    let database: SqlDatabase;
    let table: OutcomeTable;
    let orders = 0;

    beforeAll(async () => {
      place = open();
      ({ database } = place);
      table = new OutcomeTable(database.dialect, tables, '');
    });

    afterAll(async () => {
      for (const name of Object.values(tables)) await database.execute(`DROP TABLE IF EXISTS ${name}`);
      await place.close();
    });

    /** Makes an order of 100 CNY in minor units, and gives its number. */
    async function order(): Promise<string> {
      const mchOrderNo = `Order-${++orders}`;
      await database.execute(
        `INSERT INTO ${tables.order} (instance, kind, mch_no, compared_no, mch_order_no, app_id, amount, currency, status, created_at, checks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          '',
          'payment',
          IDENTITY.mchNo,
          mchOrderNo.toLowerCase(),
          mchOrderNo,
          IDENTITY.appId,
          10_000,
          'cny',
          'created',
          NOW,
          0,
        ],
      );
      return mchOrderNo;
    }

    function event(mchOrderNo: string, state: number, change: Partial<PaymentOrder> = {}) {
      const fields = { ...IDENTITY, mchOrderNo, payOrderId: `P-${mchOrderNo}`, amount: 10_000, currency: 'CNY', state };
      return outcomeEvent(Object.assign(new PaymentOrder(), fields, change), 'notify');
    }

    async function receive(given: ReturnType<typeof event>, end: 'commit' | 'rollback' = 'commit'): Promise<Received> {
      const transaction = await database.begin(LIMITS);
      try {
        const received = await table.receive(transaction, given, NOW);
        await transaction[end]();
        return received;
      } finally {
        await transaction.rollback();
      }
    }

    async function fail(given: ReturnType<typeof event>, judgement: Extract<Judgement, { result: 'new' }>) {
      const transaction = await database.begin(LIMITS);
      try {
        await table.fail(transaction, given, { judgement, error: 'closed', now: NOW, dueAt: NOW });
        await transaction.commit();
      } finally {
        await transaction.rollback();
      }
    }

    /** Resolves once a statement waits for the lock of an order's row. */
    async function someoneWaitsForAnOrder(): Promise<void> {
      const waiting =
        database.dialect === 'postgres'
          ? "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE ?"
          : "SELECT id FROM information_schema.processlist WHERE command = 'Execute' AND id <> CONNECTION_ID() AND info LIKE ?";
      while ((await database.execute(waiting, [`%${tables.order}%`])).rows.length === 0);
    }

    it('are missing at first, and are there however many processes make them at once', async () => {
      await expect(checkSchema(database, names)).rejects.toThrow(/does not contain the module's tables; apply what/);
      await Promise.all(Array.from({ length: 5 }, () => ensureSchema(database, names)));
      await checkSchema(database, names);
      expect(migrationSql(database.dialect, names)).toContain(`CREATE TABLE IF NOT EXISTS ${tables.order}`);
    });

    if (need === 'PostgreSQL') {
      it('find an order by its number before PostgreSQL has statistics', async () => {
        for (let index = 0; index < 20; index++) await order();
        const { rows } = await database.execute(
          `EXPLAIN SELECT * FROM ${tables.order} WHERE ${ORDER_KEY}`,
          orderKeyOf('', event('Order-1', OrderState.Success)),
        );
        expect(Object.values(rows[0]!)).toEqual([expect.stringContaining(`${tables.order}_pkey`)]);
      });
    }

    it('refuse a schema that is newer than this release knows', async () => {
      await database.execute(`INSERT INTO ${tables.migration} (version, applied_at) VALUES (99, 0)`);
      await expect(checkSchema(database, names)).rejects.toThrow(
        /schema version 99, but this release supports up to 1; install a newer/,
      );
      await database.execute(`DELETE FROM ${tables.migration} WHERE version = 99`);
    });

    it('may be of one version more, while the processes of a fleet are replaced', async () => {
      await database.execute(`INSERT INTO ${tables.migration} (version, applied_at) VALUES (?, 0)`, [
        SCHEMA_VERSION + 1,
      ]);
      await expect(checkSchema(database, names)).resolves.toBeUndefined();
      await database.execute(`DELETE FROM ${tables.migration} WHERE version = ?`, [SCHEMA_VERSION + 1]);
    });

    it('take each outcome once, in the order of states, as the pure functions say', async () => {
      const states = fc.constantFrom(...Object.values(OrderState).filter((state) => typeof state === 'number'));
      const steps = fc.array(fc.record({ state: states, isHandled: fc.boolean() }), { minLength: 1, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const number = await order();
          let lastApplied: number | undefined;
          for (const { state, isHandled } of list) {
            const received = await receive(event(number, state), isHandled ? 'commit' : 'rollback');
            const expected = classify('payment', state, { lastApplied });
            expect(received.result).toBe(expected);
            if (received.result !== 'new') continue;
            expect(received.late).toBe(unpaidBefore('payment', state, [lastApplied]) !== undefined);
            expect(received.previousState).toBe(lastApplied);
            if (isHandled) lastApplied = state;
          }
        }),
        { numRuns: 40 },
      );
    });

    it('judge every event of every order as the pure functions do, and write what they say', async () => {
      const state = fc.constantFrom(null, 0, 1, 2, 3, 4, 5, 6);
      const usually = <Value>(value: Value, other: Value) =>
        fc.oneof({ weight: 6, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: fc.constant(other) });
      const rows = fc.record({
        last_applied: state,
        gateway_state: state,
        success_to_apply: usually(0, 1),
        amount: usually(10_000, 10_001),
        currency: fc.constantFrom('cny', 'CNY', 'CNY ', 'usd'),
        app_id: usually(IDENTITY.appId, 'another'),
        gateway_id: fc.constantFrom('', null, '', '-another', ' '),
        status: fc.constantFrom('created', 'created', 'created', 'creating', 'unknown', 'never-made', 'refused'),
        next_check_at: fc.constant(7),
        response: fc.constant('{}'),
      });
      const events = fc.record({
        state: fc.constantFrom(0, 1, 2, 2, 2, 3, 4, 5, 6, 7),
        confirmed: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: state }),
        suffix: usually('', '  '),
        isUpperCase: usually(false, true),
        hasFailedBefore: usually(false, true),
      });
      const one = async (name: string, key: string, number: string) => {
        const { rows: found } = await database.execute(`SELECT * FROM ${name} WHERE ${key} = ?`, [number]);
        return found[0];
      };
      await fc.assert(
        fc.asyncProperty(rows, events, async (row, { state: reached, confirmed, suffix, isUpperCase, ...before }) => {
          const number = await order();
          const compared = number.toLowerCase();
          const gatewayId = row.gateway_id === null ? null : `P-${number}${row.gateway_id}`;
          await database.execute(
            `UPDATE ${tables.order} SET ${Object.keys(row)
              .map((column) => `${column} = ?`)
              .join(', ')} WHERE compared_no = ?`,
            [...Object.values({ ...row, gateway_id: gatewayId }), compared],
          );
          const given = event((isUpperCase ? number.toUpperCase() : number) + suffix, reached, {
            payOrderId: `P-${number}`,
            ...(confirmed !== null && { gatewayState: confirmed }),
          });
          const known = readOrderRow((await one(tables.order, 'compared_no', compared))!);
          const expected = judge(given, known);
          if (before.hasFailedBefore) {
            const judgement = { result: 'new', late: true, gatewayState: 6, previousState: 0 } as const;
            await fail(given, judgement);
            await database.execute(
              `UPDATE ${tables.order} SET gateway_state = ?, success_to_apply = ?, status = ?, next_check_at = 7, response = '{}' WHERE compared_no = ?`,
              [row.gateway_state, row.success_to_apply, row.status, compared],
            );
          }
          const isNew = expected.result === 'new';
          const endsUnknown = ['unknown', 'never-made'].includes(row.status);
          expect(await receive(given)).toMatchObject({ ...expected, ...(isNew && { endsUnknown }) });
          const written = (await one(tables.order, 'compared_no', compared))!;
          // With its end, nobody joins its create any more, and nobody asks the gateway about it.
          const hasEnded = isNew && isFinalState('payment', reached);
          expect([written.next_check_at === null, written.response === null]).toEqual([hasEnded, hasEnded]);
          expect(readOrderRow(written)).toEqual(
            isNew
              ? {
                  ...known,
                  status: 'created',
                  lastApplied: reached,
                  gatewayState: gatewayStateWith(given, known.gatewayState),
                  gatewayId: `P-${number}`,
                  hasSuccessToApply: false,
                }
              : known,
          );
          const outcome = (await one(tables.outcome, 'compared_no', compared))!;
          const failed = { result: 'failed', late: 1, deliveries: 2, attempts: 1, due_at: NOW, error: 'closed' };
          expect({
            ...outcome,
            ...Object.fromEntries(
              ['late', 'deliveries', 'attempts', 'previous_state', 'due_at', 'applied_at'].map((column) => [
                column,
                outcome[column] === null ? null : Number(outcome[column]),
              ]),
            ),
          }).toMatchObject({
            ...(before.hasFailedBefore ? failed : { deliveries: 1, attempts: 0, result: expected.result }),
            ...(isNew && {
              result: 'applied',
              attempts: before.hasFailedBefore ? 2 : 1,
              late: before.hasFailedBefore || expected.late ? 1 : 0,
              previous_state: expected.previousState ?? null,
              applied_at: NOW,
              due_at: null,
              error: null,
            }),
          });
        }),
        { numRuns: 120 },
      );
    });

    it('apply each state from the one that was applied before, whichever events come at once', async () => {
      const states = Array.from({ length: 42 }, (_, index) => index % 7);
      const shuffled = fc.shuffledSubarray(states, { minLength: states.length });
      await fc.assert(
        fc.asyncProperty(shuffled, async (list) => {
          const number = await order();
          const results = await Promise.all(list.map((state) => receive(event(number, state))));
          const { rows } = await database.execute(
            `SELECT state, previous_state FROM ${tables.outcome} WHERE compared_no = ? AND result = 'applied'`,
            [number.toLowerCase()],
          );
          const after = new Map(
            rows.map(({ state, previous_state: previous }) => [
              previous === null ? undefined : Number(previous),
              Number(state),
            ]),
          );
          expect(after.size).toBe(rows.length);
          expect(results.filter(({ result }) => result === 'new')).toHaveLength(rows.length);
          let reached: number | undefined;
          for (let next = after.get(reached); next !== undefined; next = after.get(reached)) {
            after.delete(reached);
            expect(classify('payment', next, { lastApplied: reached })).toBe('new');
            reached = next;
          }
          expect([reached, after.size]).toEqual([OrderState.Refunded, 0]);
        }),
        { numRuns: 5 },
      );
    });

    it('deliver nothing less than a payment that is kept while it waits for the lock', async () => {
      if (database.dialect === 'sqlite') return;
      const number = await order();
      const payment = event(number, OrderState.Success);
      const transaction = await database.begin(LIMITS);
      const judgement = { result: 'new', late: false, gatewayState: undefined, previousState: undefined } as const;
      await table.keep(transaction, payment, judgement, { now: NOW, dueAt: NOW });
      const closing = receive(event(number, OrderState.Closed));
      await someoneWaitsForAnOrder();
      await transaction.commit();
      expect(await closing).toMatchObject({ result: 'stale' });
      expect(await receive(payment)).toMatchObject({ result: 'new', late: false });
    });

    it('let one of forty deliveries at once through', async () => {
      const number = await order();
      const results = await Promise.all(Array.from({ length: 40 }, () => receive(event(number, OrderState.Success))));
      expect(results.filter(({ result }) => result === 'new')).toHaveLength(1);
      expect(results.filter(({ result }) => result === 'duplicate')).toHaveLength(39);
      const { rows } = await database.execute(
        `SELECT result, deliveries, attempts FROM ${tables.outcome} WHERE compared_no = ?`,
        [number.toLowerCase()],
      );
      expect(rows.map((row) => [row.result, Number(row.deliveries), Number(row.attempts)])).toEqual([
        ['applied', 40, 1],
      ]);
    });

    it('keep failures beside deliveries of the same outcome, without a deadlock', async () => {
      const number = await order();
      const given = event(number, OrderState.Success);
      const judgement = { result: 'new', late: false, gatewayState: undefined, previousState: undefined } as const;
      const failing = () => fail(given, judgement);
      await failing();
      const ends = await Promise.allSettled(
        Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? failing() : receive(given, 'rollback'))),
      );
      expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
    });

    it('find an order whatever the case and the trailing spaces of its number, and compare its spelling', async () => {
      const number = await order();
      expect(await receive(event(`${number}  `, OrderState.Success))).toMatchObject({ result: 'new' });
      const payOrderId = `P-${number}  `;
      const received = await receive(event(number.toUpperCase(), OrderState.Success, { payOrderId }));
      expect(received).toMatchObject({
        result: 'mismatch',
        differences: [expect.stringMatching(/^mchOrderNo is ORDER/)],
      });
    });

    it.each([
      ['amount', { amount: 1 }],
      ['currency', { currency: 'usd' }],
      ['appId', { appId: 'another' }],
    ])('change nothing for another %s', async (field, change) => {
      const number = await order();
      const received = await receive(event(number, OrderState.Success, change));
      expect(received).toMatchObject({ result: 'mismatch', differences: [expect.stringContaining(`${field} is`)] });
      expect(await receive(event(number, OrderState.Success))).toMatchObject({ result: 'new', late: false });
    });

    it('know no order of another merchant', async () => {
      const number = await order();
      const received = await receive(event(number, OrderState.Success, { mchNo: 'M1621873433954' }));
      expect(received).toEqual({ result: 'unknown-order' });
    });

    it('take a state that is not documented for a mismatch', async () => {
      const received = await receive(event(await order(), 7));
      expect(received).toMatchObject({ result: 'mismatch', reason: 'unknown-state' });
    });

    it('leave an outcome as it was applied when another event of its key comes', async () => {
      const number = await order();
      await receive(event(number, OrderState.Success));
      await receive(event(number, OrderState.Success, { amount: 1 }));
      const { rows } = await database.execute(`SELECT result, fields FROM ${tables.outcome} WHERE compared_no = ?`, [
        number.toLowerCase(),
      ]);
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({ result: 'applied', fields: expect.stringContaining('"amount":10000') });
    });
  });
}
