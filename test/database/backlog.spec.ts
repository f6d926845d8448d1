import { randomBytes } from 'node:crypto';
import Libsql from 'libsql';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Backlog } from '../../lib/database/backlog.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { SCHEMA_VERSION } from '../../lib/database/schema/migrations.js';
import { tablesOf, type Tables } from '../../lib/database/schema/schema-names.js';
import type { SqlDatabase, SqlValue } from '../../lib/database/sql-database.js';
import { sqliteDatabase } from '../../lib/database/sqlite.js';
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
      for (const table of [tables.outcome, tables.afterCommit]) await place.database.execute(`DELETE FROM ${table}`);
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

    it('is nothing at first', async () => {
      await outcome('applied', null);
      expect(await new Backlog(place.database, tables, undefined).read()).toEqual({
        outcomes: { received: 0, failed: 0, dead: 0 },
        afterCommit: { pending: 0, dead: 0 },
        lag: { outcomes: 0, afterCommit: 0 },
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

    if (need !== 'libsql') {
      it('is counted by an index of what is not done, whether the database has statistics or not', async () => {
        const columns = 'instance, kind, mch_no, state, source, late, deliveries, attempts, fields, received_at';
        await place.database.execute(
          `INSERT INTO ${tables.outcome} (idempotency_key, compared_no, result, ${columns})
           WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 142)
           SELECT CONCAT('key-', a.i, '-', b.i), 'o1', 'applied', '', 'payment', 'M1', 2, 'notify', 0, 1, 1, '{}', 0
           FROM n a CROSS JOIN n b`,
        );
        await outcome('failed', -1);
        const statement = await statementOf(place.database, tables);
        const plan = async () => {
          const { rows } = await place.database.execute(`EXPLAIN ${statement}`, ['', '']);
          const ofOutcomes =
            need === 'PostgreSQL'
              ? rows
                  .map((row) => String(Object.values(row)[0]))
                  .filter((line) => line.includes(` on ${tables.outcome}`))
              : rows.filter((row) => row.table === tables.outcome).map((row) => String(row.key));
          return ofOutcomes.map((line) => line.includes(`${tables.outcome}_not_done`));
        };
        expect(await plan()).toEqual([true]);
        await place.database.execute(`ANALYZE ${need === 'PostgreSQL' ? '' : 'TABLE '}${tables.outcome}`);
        expect(await plan()).toEqual([true]);
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
  const plan = connection.prepare(`EXPLAIN QUERY PLAN ${statement}`).all('', '') as { detail: string }[];
  const reads = plan.map(({ detail }) => detail).filter((detail) => /^(?:SEARCH|SCAN) pass2pay/.test(detail));
  expect(reads).toEqual([
    expect.stringContaining('pass2pay_outcome USING COVERING INDEX pass2pay_outcome_not_done'),
    // Has nothing else.
    'SCAN pass2pay_after_commit',
    'SEARCH pass2pay_migration',
  ]);
  connection.close();
});
