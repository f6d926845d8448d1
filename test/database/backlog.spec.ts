import { randomBytes } from 'node:crypto';
import Libsql from 'libsql';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Backlog } from '../../lib/database/backlog.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { SCHEMA_VERSION } from '../../lib/database/schema/migrations.js';
import { tablesOf, type Tables } from '../../lib/database/schema/schema-names.js';
import type { SqlDatabase, SqlValue } from '../../lib/database/sql-database.js';
import { sqliteDatabase } from '../../lib/database/adapters/sqlite.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';

for (const { need, open } of PLACES) {
  await describeWhere(need, `what is not done on ${need}`, () => {
    const prefix = `b${randomBytes(5).toString('hex')}_`;
    const tables = tablesOf({ prefix });
    let place: Place;

    beforeAll(async () => {
      place = open();
      await ensureSchema(place.database, { prefix });
    });

    afterAll(async () => {
      for (const table of Object.values(tables)) await place.database.execute(`DROP TABLE ${table}`);
      await place.close();
    });

    beforeEach(async () => {
      for (const table of [tables.order, tables.outcome, tables.afterCommit]) {
        await place.database.execute(`DELETE FROM ${table}`);
      }
    });

    let count = 0;
    const insert = async (table: string, row: Record<string, string | number | null>) => {
      const whole = { instance: '', idempotency_key: `key-${++count}`, kind: 'payment', mch_no: 'M1', ...row };
      const columns = Object.keys(whole);
      await place.database.execute(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        Object.values(whole),
      );
    };
    const outcome = (result: string, dueInMs: number | null, instance = '') =>
      insert(tables.outcome, {
        instance,
        compared_no: `o${count}`,
        state: 2,
        amount: 100,
        currency: 'cny',
        source: 'notify',
        result,
        late: 0,
        deliveries: 1,
        attempts: 1,
        fields: '{}',
        received_at: 0,
        due_at: dueInMs === null ? null : Date.now() + dueInMs,
      });
    const afterCommit = (status: string, dueInMs: number | null) =>
      insert(tables.afterCommit, {
        compared_no: `o${count}`,
        handler: 'Mail.send',
        status,
        attempts: 1,
        outcome: '{}',
        created_at: 0,
        due_at: dueInMs === null ? null : Date.now() + dueInMs,
      });

    const order = async (row: Record<string, string | number | null>) => {
      const number = `o${++count}`;
      const made = { kind: 'payment', mch_no: 'M1', app_id: 'A1', amount: 100, currency: 'cny', checks: 0 };
      const whole = {
        instance: '',
        compared_no: number,
        mch_order_no: number,
        created_at: Date.now(),
        ...made,
        ...row,
      };
      const columns = Object.keys(whole);
      await place.database.execute(
        `INSERT INTO ${tables.order} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        Object.values(whole),
      );
    };

    it('is nothing at first', async () => {
      await outcome('applied', null);
      expect(await new Backlog(place.database, tables, undefined).read()).toEqual({
        outcomes: { received: 0, failed: 0, dead: 0 },
        afterCommit: { pending: 0, dead: 0 },
        lag: { outcomes: 0, afterCommit: 0, reconciler: 0 },
        orders: { unknownCreates: 0, oldestPending: 0 },
        schemaVersion: SCHEMA_VERSION,
      });
    });

    it('is counted by state, with the age of the most overdue', async () => {
      await outcome('received', 60_000);
      await outcome('failed', -3_600_000);
      await outcome('failed', 60_000);
      await outcome('dead', null);
      await afterCommit('pending', -7_200_000);
      await afterCommit('dead', null);
      const { outcomes, afterCommit: work, lag } = await new Backlog(place.database, tables, undefined).read();
      expect([outcomes, work]).toEqual([
        { received: 1, failed: 2, dead: 1 },
        { pending: 1, dead: 1 },
      ]);
      expect([Math.floor(lag.outcomes / 3_600), Math.floor(lag.afterCommit / 3_600)]).toEqual([1, 2]);
    });

    it('of orders are the unknown creates, the oldest that is pending, and the most overdue check', async () => {
      const now = Date.now();
      const ago = (hours: number) => now - hours * 3_600_000;
      await order({ status: 'unknown', created_at: ago(50), next_check_at: ago(1) });
      await order({ status: 'creating', created_at: ago(49), next_check_at: now + 60_000 });
      await order({ status: 'created', gateway_state: 1, created_at: ago(2), next_check_at: ago(3) });
      await order({ status: 'created', created_at: ago(1), next_check_at: now + 60_000 });
      // Nobody looks at it; a person must; its end is known; it is paid, and looked at for its refund; it is to be applied.
      await order({ status: 'created', created_at: ago(9) });
      await order({ status: 'created', created_at: ago(9), next_check_at: now + 9, attention_at: 1 });
      await order({ status: 'created', gateway_state: 6, last_applied: 6, created_at: ago(9) });
      await order({ status: 'created', gateway_state: 2, last_applied: 2, created_at: ago(9), next_check_at: now + 9 });
      await order({ status: 'created', gateway_state: 2, created_at: ago(9), next_check_at: now + 9 });
      await order({ status: 'refused', created_at: ago(9) });
      await order({ status: 'never-made', created_at: ago(9) });
      await order({ instance: 'eu', status: 'unknown', created_at: ago(9), next_check_at: ago(9) });
      const { orders, lag } = await new Backlog(place.database, tables, undefined).read();
      expect([orders.unknownCreates, Math.floor(orders.oldestPending / 3_600)]).toEqual([1, 2]);
      expect(Math.floor(lag.reconciler / 3_600)).toBe(3);
    });

    if (need !== 'libsql') {
      it('is counted by an index of what is not done, whether the database has statistics or not', async () => {
        const columns = 'instance, kind, mch_no, state, source, late, deliveries, attempts, fields, received_at';
        await place.database.execute(
          `INSERT INTO ${tables.outcome} (idempotency_key, compared_no, amount, currency, result, ${columns})
           WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 142)
           SELECT CONCAT('key-', a.i, '-', b.i), 'o1', 100, 'cny', 'applied', '', 'payment', 'M1', 2, 'notify', 0, 1, 1, '{}', 0
           FROM n a CROSS JOIN n b`,
        );
        await outcome('failed', -1);
        await place.database.execute(
          `INSERT INTO ${tables.order} (compared_no, mch_order_no, instance, kind, mch_no, app_id, amount, currency, status, gateway_state, last_applied, created_at, checks)
           WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 142)
           SELECT CONCAT('o-', a.i, '-', b.i), 'o1', '', 'payment', 'M1', 'A1', 100, 'cny', 'created', 2, 2, 0, 0
           FROM n a CROSS JOIN n b`,
        );
        await order({ status: 'created', next_check_at: 1 });
        const statement = await statementOf(place.database, tables);
        const plan = async () => {
          const { rows } = await place.database.execute(`EXPLAIN ${statement}`, ['', '', '', '', '']);
          const lines = rows.map((row) =>
            need === 'PostgreSQL' ? String(Object.values(row)[0]) : ` on ${String(row.table)} by ${String(row.key)}`,
          );
          const ofLargeOnes = lines.filter(
            (line) => line.includes(` on ${tables.outcome}`) || line.includes(` on ${tables.order}`),
          );
          return ofLargeOnes.map((line) => /_(?:not_applied|not_made|pending|next_check)\b/.exec(line)?.[0] ?? line);
        };
        const indexes = ['_not_applied', '_not_made', '_pending', '_next_check'];
        expect(await plan()).toEqual(indexes);
        for (const table of [tables.outcome, tables.order]) {
          await place.database.execute(`ANALYZE ${need === 'PostgreSQL' ? '' : 'TABLE '}${table}`);
        }
        expect(await plan()).toEqual(indexes);
      });
    }

    it('is each instance’s own', async () => {
      await outcome('dead', null, 'eu');
      const [own, eu] = [undefined, 'eu'].map((name) => new Backlog(place.database, tables, name));
      expect([(await own!.read()).outcomes.dead, (await eu!.read()).outcomes.dead]).toEqual([0, 1]);
    });
  });
}

/** What a count runs: one statement. */
async function statementOf(database: SqlDatabase, tables: Tables): Promise<string> {
  const statements: string[] = [];
  const spied = {
    ...database,
    execute: (sql: string, params?: readonly SqlValue[]) => {
      statements.push(sql);
      return database.execute(sql, params);
    },
  };
  await new Backlog(spied, tables, undefined).read();
  expect(statements).toHaveLength(1);
  return statements[0]!;
}

it('is found in one statement, without a look at what is done', async () => {
  const connection = new Libsql(':memory:');
  const database = sqliteDatabase(connection);
  await ensureSchema(database);
  const statement = await statementOf(database, tablesOf());
  const plan = connection.prepare(`EXPLAIN QUERY PLAN ${statement}`).all('', '', '', '', '') as { detail: string }[];
  const reads = plan.map(({ detail }) => detail).filter((detail) => /^(?:SEARCH|SCAN) pass2pay/.test(detail));
  expect(reads).toEqual([
    expect.stringContaining('pass2pay_outcome USING COVERING INDEX pass2pay_outcome_not_applied'),
    // Has nothing else.
    'SCAN pass2pay_after_commit',
    expect.stringContaining('pass2pay_order USING COVERING INDEX pass2pay_order_not_made'),
    // The first one of them only.
    'SCAN pass2pay_order USING INDEX pass2pay_order_pending',
    expect.stringContaining('pass2pay_order USING COVERING INDEX pass2pay_order_next_check'),
    'SEARCH pass2pay_migration',
  ]);
  connection.close();
});
