// How the databases find the outcomes of a list, and those to retry, among many.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AfterCommitTable } from '../../lib/database/after-commit/after-commit-table.js';
import { Pass2PayOutcomes } from '../../lib/database/audit/pass2pay-outcomes.js';
import { ReplayTable } from '../../lib/database/replay/replay-table.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import type { SqlDatabase, SqlExecutor } from '../../lib/database/sql-database.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const NOW = 1_000_000;
const MANY = 141;

for (const { need, open } of PLACES.filter((each) => each.need !== 'libsql')) {
  await describeWhere(need, `outcomes among ${MANY * MANY} on ${need}`, () => {
    const prefix = `e${randomBytes(5).toString('hex')}_`;
    const tables = tablesOf({ prefix });
    let place: Place;

    beforeAll(async () => {
      place = open();
      await ensureSchema(place.database, { prefix });
      const number = "CONCAT(a.i, '-', b.i)";
      const all = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})`;
      const fields = `'{"mchNo":"M1","appId":"A1","mchOrderNo":"O1","payOrderId":"P1"}'`;
      const order = "'', 'payment', 'M1'";
      await place.database.execute(
        `INSERT INTO ${tables.outcome} (instance, kind, mch_no, idempotency_key, compared_no, state, amount, currency, source, result, late, deliveries, attempts, fields, received_at, applied_at)
         ${all} SELECT ${order}, ${number}, ${number}, 2, 100, 'cny', 'notify', CASE WHEN b.i = 1 THEN 'dead' ELSE 'applied' END, 0, 1, 1, ${fields}, 0, CASE WHEN b.i = 1 THEN NULL ELSE 0 END FROM n a CROSS JOIN n b`,
      );
      await place.database.execute(
        `INSERT INTO ${tables.afterCommit} (instance, kind, mch_no, idempotency_key, compared_no, handler, status, attempts, outcome, created_at, due_at)
         ${all} SELECT ${order}, ${number}, ${number}, 'Mail.send', CASE WHEN b.i = 1 THEN 'dead' ELSE 'pending' END, 1, ${fields}, 0, CASE WHEN b.i = 1 THEN NULL ELSE 2000000 + a.i END FROM n a CROSS JOIN n b WHERE b.i < 30`,
      );
      await place.database.execute(
        `INSERT INTO ${tables.replay} (instance, idempotency_key, mch_no, reason, status, attempts, requested_at, ended_at, due_at)
         ${all} SELECT '', ${number}, 'M1', 'Ann', CASE WHEN b.i = 1 THEN 'pending' ELSE 'done' END, 1, 0, NULL, CASE WHEN b.i = 1 THEN 1 END FROM n a CROSS JOIN n b WHERE b.i < 30`,
      );
    });

    afterAll(async () => {
      for (const table of Object.values(tables)) await place.database.execute(`DROP TABLE ${table}`);
      await place.close();
    });

    /** By which index each statement reads that is run meanwhile, but for what changes rows by their ids. */
    async function indexesOf(work: (database: SqlDatabase) => Promise<unknown>): Promise<string[]> {
      const indexes: string[] = [];
      const { database } = place;
      const spy =
        (executor: SqlExecutor): SqlExecutor['execute'] =>
        async (sql, params = []) => {
          if (!sql.startsWith('INSERT') && !/WHERE id (?:IN|=)/.test(sql)) {
            // Before it: MariaDB looks at the row of a whole key as it plans.
            const { rows } = await database.execute(`EXPLAIN ${sql}`, params);
            const plan = rows.map((row) => String(need === 'MariaDB' ? row.key : Object.values(row)[0]));
            indexes.push(nameOf(plan.join('; ')));
          }
          return executor.execute(sql, params);
        };
      await work({
        dialect: database.dialect,
        execute: spy(database),
        begin: async (limits) => {
          const transaction = await database.begin(limits);
          return {
            tx: transaction.tx,
            execute: spy(transaction),
            commit: () => transaction.commit(),
            rollback: () => transaction.rollback(),
          };
        },
      });
      return indexes;
    }

    /** `id`: by the rows' ids, from a place on and as far as the page needs. */
    function nameOf(plan: string): string {
      const known = /not_applied|_due|of_outcome|_dead|of_order|idempotency_key\w*/.exec(plan)?.[0];
      if (known !== undefined) return /idempotency/.test(known) ? 'key' : known.replace(/^_/, '');
      const isById = /PRIMARY|_pkey/.test(plan);
      return isById ? 'id' : plan;
    }

    const outcomesOf = (database: SqlDatabase) =>
      new Pass2PayOutcomes({ database, tables, instance: '', limits: LIMITS });

    it('are found by an index', async () => {
      for (const table of [tables.outcome, tables.afterCommit, tables.replay]) {
        await place.database.execute(`ANALYZE ${need === 'MariaDB' ? 'TABLE ' : ''}${table}`);
      }
      const by = (work: (outcomes: Pass2PayOutcomes) => Promise<unknown>) =>
        indexesOf((database) => work(outcomesOf(database)));
      const limit = 20;
      const after = '15000';
      expect({
        newest: await by((outcomes) => outcomes.list({ limit, after })),
        dead: await by((outcomes) => outcomes.list({ limit, result: 'dead', after })),
        ofOrder: await by((outcomes) => outcomes.list({ limit, mchOrderNo: '70-70' })),
        deadAfterCommit: await by((outcomes) => outcomes.listAfterCommit({ limit, status: 'dead' })),
        ofOrderAfterCommit: await by((outcomes) => outcomes.listAfterCommit({ limit, mchOrderNo: '70-7' })),
        replays: await by((outcomes) => outcomes.listReplays({ limit, after: '3000' })),
        replaysOfOutcome: await by((outcomes) => outcomes.listReplays({ limit, idempotencyKey: '70-7' })),
        retryAll: await by((outcomes) => outcomes.retry({ result: 'dead', mchNo: 'M2' })),
        retryOne: await by((outcomes) => outcomes.retry({ result: 'dead', idempotencyKey: '70-1' })),
        replay: await by((outcomes) => outcomes.replay({ idempotencyKey: '70-70', reason: 'Ann' })),
      }).toEqual({
        newest: ['id'],
        dead: ['not_applied'],
        ofOrder: ['of_order'],
        deadAfterCommit: ['dead'],
        ofOrderAfterCommit: ['of_order'],
        replays: ['id'],
        replaysOfOutcome: ['of_outcome'],
        retryAll: ['not_applied', 'dead'],
        retryOne: ['key', 'key'],
        replay: ['key', 'key', 'of_outcome', 'of_outcome'],
      });
    });

    it('and so are the replays that are due', async () => {
      const take = (database: SqlDatabase) =>
        new ReplayTable(database, tables, '').take(
          database,
          { handlers: ['Mail.send'], mchNos: ['M1'] },
          { now: NOW, leaseMs: 0 },
        );
      expect(await indexesOf(take)).toEqual(['due']);
      const giveUp = (database: SqlDatabase) =>
        new ReplayTable(database, tables, '').giveUp(database, 'nobody took it', { requestedBefore: 0, now: NOW });
      expect(await indexesOf(giveUp)).toEqual(['due']);
    });

    it('and the work after commits that is due is still found by its own index', async () => {
      const take = (database: SqlDatabase) =>
        new AfterCommitTable(database, tables, '').take(
          database,
          { handlers: ['Mail.send'], mchNos: ['M1'] },
          { now: NOW, leaseMs: 0, most: 10 },
        );
      expect(await indexesOf(take)).toEqual(['due']);
    });
  });
}
