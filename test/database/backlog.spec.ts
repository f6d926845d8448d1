import { randomBytes } from 'node:crypto';
import Libsql from 'libsql';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Backlog } from '../../lib/database/backlog.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { SCHEMA_VERSION } from '../../lib/database/schema/migrations.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import type { SqlValue } from '../../lib/database/sql-database.js';
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

    it('is each instance’s own', async () => {
      await outcome('dead', null, 'eu');
      const [own, eu] = [undefined, 'eu'].map((name) => new Backlog(place.database, tables, name));
      expect([(await own!.read()).outcomes.dead, (await eu!.read()).outcomes.dead]).toEqual([0, 1]);
    });
  });
}

it('is found in one statement, without a look at what is done', async () => {
  const connection = new Libsql(':memory:');
  const database = sqliteDatabase(connection);
  await ensureSchema(database);
  const statements: string[] = [];
  const spied = {
    ...database,
    execute: (sql: string, params?: readonly SqlValue[]) => {
      statements.push(sql);
      return database.execute(sql, params);
    },
  };
  await new Backlog(spied, tablesOf(), undefined).read();
  expect(statements).toHaveLength(1);
  const plan = connection.prepare(`EXPLAIN QUERY PLAN ${statements[0]}`).all('', '') as { detail: string }[];
  const reads = plan.map(({ detail }) => detail).filter((detail) => /^(?:SEARCH|SCAN) pass2pay/.test(detail));
  expect(reads).toEqual([
    expect.stringContaining('pass2pay_outcome USING COVERING INDEX pass2pay_outcome_not_done'),
    // Has nothing else.
    'SCAN pass2pay_after_commit',
    'SEARCH pass2pay_migration',
  ]);
  connection.close();
});
