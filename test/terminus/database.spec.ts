// Real time: a database that does not answer is given up by a timer.
import { expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { SCHEMA_VERSION } from '../../lib/database/schema/migrations.js';
import { sqliteDatabase } from '../../lib/database/adapters/sqlite.js';
import { startHealthApp } from './support/health-app.js';

it('the health tells of what is given up, and is down only while the database does not answer', async () => {
  const connection = new Libsql(':memory:');
  const database = sqliteDatabase(connection);
  await ensureSchema(database);
  const { app, check } = await startHealthApp({ database });
  const patient = { timeoutMs: 30_000 };

  const well = await check(patient);
  expect([well.status, well.report.store, well.report.database]).toEqual([
    200,
    undefined,
    {
      status: 'up',
      outcomes: { received: 0, failed: 0, dead: 0 },
      afterCommit: { pending: 0, dead: 0 },
      lag: { outcomes: 0, afterCommit: 0, reconciler: 0 },
      orders: { unknownCreates: 0, oldestPending: 0 },
      schemaVersion: SCHEMA_VERSION,
    },
  ]);

  await database.execute(
    "INSERT INTO pass2pay_outcome (instance, idempotency_key, kind, mch_no, compared_no, state, amount, currency, source, result, late, deliveries, attempts, fields, received_at) VALUES ('', 'k', 'payment', 'M1', 'o1', 2, 100, 'cny', 'notify', 'dead', 0, 1, 12, '{}', 0)",
  );
  await database.execute(
    "INSERT INTO pass2pay_order (instance, kind, mch_no, compared_no, mch_order_no, app_id, amount, currency, status, created_at, next_check_at, checks) VALUES ('', 'payment', 'M1', 'o1', 'O1', 'A1', 100, 'cny', 'created', 0, 0, 0), ('', 'payment', 'M1', 'o2', 'O2', 'A1', 100, 'cny', 'unknown', 0, 0, 0)",
  );
  const given = await check(patient);
  expect([given.status, given.report.database]).toMatchObject([
    200,
    { status: 'up', outcomes: { dead: 1 }, orders: { unknownCreates: 1 } },
  ]);
  const { orders, lag } = given.report.database!;
  for (const seconds of [orders?.oldestPending, lag?.reconciler]) expect(seconds).toBeGreaterThan(1_000_000_000);

  const holding = await database.begin({ connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 });
  const hanging = await check({ timeoutMs: 300 });
  expect([hanging.status, hanging.report.database]).toEqual([
    503,
    { status: 'down', reason: 'no response within 300 ms' },
  ]);
  expect((await check({ timeoutMs: 300, required: ['gateway'] })).status).toBe(200);
  await holding.rollback();

  await database.execute('ALTER TABLE pass2pay_outcome RENAME TO away');
  const failing = await check(patient);
  expect([failing.status, failing.report.database]).toEqual([503, { status: 'down', reason: 'not reachable' }]);
  await database.execute('ALTER TABLE away RENAME TO pass2pay_outcome');
  expect((await check(patient)).status).toBe(200);
  await app.close();
  connection.close();
});
