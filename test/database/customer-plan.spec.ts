// How the databases find a customer's orders, and what is to be erased, among 10^5, with and without statistics.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Erasure, PAGE } from '../../lib/database/erasure/erasure.js';
import { StoredOrders } from '../../lib/database/orders/stored-orders.js';
import { TimedOutOrders } from '../../lib/database/orders/timed-out-orders.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlValue } from '../../lib/database/sql-database.js';
import { CREATE_TIMES } from './support/create-times.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';

const DAY_MS = 86_400_000;
const NOW = 1_000 * DAY_MS;

interface Statement {
  sql: string;
  params: readonly SqlValue[];
}

for (const { need, open } of PLACES.filter((each) => each.need !== 'libsql')) {
  await describeWhere(need, `a customer's data among 10^5 orders on ${need}`, () => {
    const prefix = `c${randomBytes(5).toString('hex')}_`;
    const tables = tablesOf({ prefix });
    const statements: Statement[] = [];
    let place: Place;
    let spied: SqlDatabase;

    beforeAll(async () => {
      place = open();
      await ensureSchema(place.database, { prefix });
      const spying = (executor: SqlExecutor): SqlExecutor['execute'] => {
        return async (sql, params = []) => {
          statements.push({ sql, params });
          return executor.execute(sql, params);
        };
      };
      spied = {
        dialect: place.database.dialect,
        execute: spying(place.database),
        begin: async (limits) => {
          const transaction = await place.database.begin(limits);
          return {
            tx: transaction.tx,
            execute: spying(transaction),
            commit: () => transaction.commit(),
            rollback: () => transaction.rollback(),
          };
        },
      };
      const rows = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 317)';
      const number = "CONCAT(a.i, '-', b.i)";
      // Each customer has 317 orders; of a thousand rows one is old.
      const keptSince = `CASE WHEN b.i = 1 THEN a.i ELSE ${NOW} + b.i END`;
      await place.database.execute(
        `INSERT INTO ${tables.order} (instance, kind, mch_no, compared_no, mch_order_no, app_id, amount, currency, cust_no, status, gateway_state, created_at, expires_at, checks, kept_since)
         ${rows} SELECT '', 'payment', 'M1', ${number}, ${number}, 'A1', 100, 'cny', CONCAT('C', a.i), 'created', 6, 0, ${NOW} - b.i * 3600000, 0, ${keptSince} FROM n a CROSS JOIN n b`,
      );
      await place.database.execute(
        `INSERT INTO ${tables.outcome} (instance, idempotency_key, kind, mch_no, compared_no, state, amount, currency, source, result, late, deliveries, attempts, fields, received_at, applied_at, kept_since)
         ${rows} SELECT '', ${number}, 'payment', 'M1', ${number}, 2, 100, 'cny', 'notify', 'applied', 0, 1, 1, '{}', 0, 0, ${keptSince} FROM n a CROSS JOIN n b`,
      );
      await place.database.execute(
        `INSERT INTO ${tables.afterCommit} (instance, idempotency_key, handler, kind, mch_no, compared_no, status, attempts, outcome, created_at, kept_since)
         ${rows} SELECT '', ${number}, 'A.b', 'payment', 'M1', ${number}, CASE WHEN b.i < 4 THEN 'dead' ELSE 'pending' END, 1, '{}', 0, ${keptSince} FROM n a CROSS JOIN n b WHERE a.i < 60`,
      );
    });

    afterAll(async () => {
      for (const table of Object.values(tables)) await place.database.execute(`DROP TABLE ${table}`);
      await place.close();
    });

    /** The indexes by which a statement reads tables, without their prefix; where it reads all of one, that line of the plan. */
    async function indexesOf({ sql, params }: Statement): Promise<string[]> {
      const { rows } = await place.database.execute(`EXPLAIN ${sql}`, params);
      const lines = rows.map((row) => (need === 'MariaDB' ? `key ${String(row.key)}` : String(Object.values(row)[0])));
      const reads = lines.filter((line) => /^key|(?:Index|Seq) (?:Only )?Scan/.test(line));
      const name = /_(kept|of_customer|of_order|pkey)\b|\b(PRIMARY)\b/;
      return [...new Set(reads.map((line) => name.exec(line)?.[1] ?? name.exec(line)?.[2] ?? line))].map((each) =>
        each === 'PRIMARY' ? 'pkey' : each,
      );
    }

    it.each([
      ['without statistics', false],
      ['with them', true],
    ])('are found by indexes, %s', async (_how, isAnalyzed) => {
      for (const table of isAnalyzed ? [tables.order, tables.outcome, tables.afterCommit] : []) {
        await place.database.execute(`ANALYZE ${need === 'MariaDB' ? 'TABLE ' : ''}${table}`);
      }
      statements.length = 0;
      const customer = isAnalyzed ? 'C308' : 'C307';
      const wanted = { kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'new', amount: 100 } as const;
      const asked = { ...wanted, currency: 'cny', custNo: customer, expiresInS: 900 };
      expect(await new TimedOutOrders(spied, tables, '').retryAt(asked, NOW)).toEqual(
        new Date(NOW + DAY_MS - 5 * 3_600_000),
      );
      const erasure = new Erasure(spied, tables, '', CREATE_TIMES);
      for (const table of ['order', 'outcome'] as const) {
        expect(await erasure.erasePage(table, NOW, NOW)).toBe(PAGE);
      }
      expect(await erasure.erasePage('afterCommit', isAnalyzed ? 59 : 30, NOW)).toBeGreaterThan(28);
      const forgotten = await erasure.forget(customer);
      expect(forgotten.orders).toBeGreaterThan(315);

      const stored = new StoredOrders(spied, tables, '');
      expect(await stored.search({ custNo: 'C301' }, 5)).toHaveLength(5);
      expect(await stored.search({ mchOrderNo: '301-7' }, 5)).toHaveLength(1);

      const found = await Promise.all(statements.map(indexesOf));
      const plan = statements.map(({ sql }, index) => `${sql.slice(0, 6)} ${String(found[index])}`);
      expect([...new Set(plan)].toSorted()).toEqual(
        ['SELECT kept', 'SELECT of_customer', 'SELECT of_order', 'SELECT pkey', 'UPDATE pkey'].toSorted(),
      );
    });
  });
}
