// How the databases find the orders that are due among 10^5, with and without statistics.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { inTransaction } from '../../lib/database/transaction/in-transaction.js';
import { OrderChecks } from '../../lib/database/orders/order-checks.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import type { SqlExecutor, SqlValue } from '../../lib/database/sql-database.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const NOW = 1_000_000;
/** Of each hundred orders 89 have ended, ten are looked at later, and one is due. */
const NEXT_CHECK = 'CASE WHEN b.i % 100 < 89 THEN NULL WHEN b.i % 100 < 99 THEN 2000000 + a.i ELSE a.i * 317 + b.i END';

for (const { need, open } of PLACES.filter((each) => each.need !== 'libsql')) {
  await describeWhere(need, `the orders that are due among 10^5 on ${need}`, () => {
    const prefix = `e${randomBytes(5).toString('hex')}_`;
    const tables = tablesOf({ prefix });
    let place: Place;

    beforeAll(async () => {
      place = open();
      await ensureSchema(place.database, { prefix });
      const number = "CONCAT(a.i, '-', b.i)";
      await place.database.execute(
        `INSERT INTO ${tables.order} (instance, kind, mch_no, compared_no, mch_order_no, app_id, amount, currency, status, created_at, checks, next_check_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 317)
         SELECT '', 'payment', 'M1', ${number}, ${number}, 'A1', 100, 'cny', 'created', 0, 0, ${NEXT_CHECK} FROM n a CROSS JOIN n b`,
      );
    });

    afterAll(async () => {
      for (const table of Object.values(tables)) await place.database.execute(`DROP TABLE ${table}`);
      await place.close();
    });

    /** What taking runs, in a transaction that commits. */
    async function taking(mchNos: readonly string[] | undefined) {
      const statements: { sql: string; params: readonly SqlValue[] }[] = [];
      const checks = new OrderChecks(place.database, tables, '');
      const taken = await inTransaction(place.database, LIMITS, (transaction) => {
        const spied: SqlExecutor = {
          execute: (sql, params = []) => {
            statements.push({ sql, params });
            return transaction.execute(sql, params);
          },
        };
        return checks.take(spied, { mchNos, now: NOW, most: 20, until: () => 2_000_000 });
      });
      await checks.isAnyDue(
        {
          execute: (sql, params = []) => {
            statements.push({ sql, params });
            return place.database.execute(sql, params);
          },
        },
        mchNos,
        NOW,
      );
      return { taken, statements };
    }

    /** The indexes by which a statement reads the table of orders; where it reads all of it, that line of the plan. */
    async function indexesOf({ sql, params }: { sql: string; params: readonly SqlValue[] }): Promise<Set<string>> {
      const { rows } = await place.database.execute(`EXPLAIN ${sql}`, params);
      const lines = rows.map((row) => (need === 'MariaDB' ? `key ${String(row.key)}` : String(Object.values(row)[0])));
      const reads = lines.filter((line) => /^key|(?:Index|Seq) (?:Only )?Scan/.test(line));
      return new Set(
        reads.map((line) => /next_check|_pkey|PRIMARY/.exec(line)?.[0].replace('PRIMARY', '_pkey') ?? line),
      );
    }

    it.each([
      ['without statistics', ''],
      ['with them', 'ANALYZE'],
    ])('are found by their index, and taken by their keys, %s', async (_how, analyze) => {
      if (analyze !== '') await place.database.execute(`ANALYZE ${need === 'MariaDB' ? 'TABLE ' : ''}${tables.order}`);
      for (const mchNos of [undefined, ['M1', 'M2']]) {
        const { taken, statements } = await taking(mchNos);
        const dues = taken.map(({ nextCheckAt }) => nextCheckAt!);
        expect(dues).toHaveLength(20);
        expect(dues).toEqual(dues.toSorted((one, other) => one - other));
        const [select, update, isAny] = await Promise.all(statements.map(indexesOf));
        expect([select, update, isAny]).toEqual([new Set(['next_check']), new Set(['_pkey']), new Set(['next_check'])]);
      }
    });
  });
}
