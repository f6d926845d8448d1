import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { OutcomeRetries } from '../../../lib/database/audit/outcome-retries.js';
import type { SqlDatabase, SqlValue } from '../../../lib/database/sql-database.js';
import { MemoryTables } from '../support/memory-tables.js';
import { WatchedDatabase } from '../support/watched-database.js';

const LIMITS = { connectionTimeoutMs: 1_000, lockTimeoutMs: 1_000 };
const NOW = Date.UTC(2024, 5, 1);

let clock: Clock;
let stored: MemoryTables;
let retries: OutcomeRetries;

beforeEach(async () => {
  clock = FakeTimers.install({ now: NOW, toFake: ['Date'] });
  stored = await MemoryTables.open();
  retries = new OutcomeRetries(stored.database, stored.tables, '', LIMITS);
});
afterEach(() => {
  stored.close();
  clock.uninstall();
});

const outcomes = () =>
  stored.select('SELECT idempotency_key, result, attempts, due_at FROM pass2pay_outcome ORDER BY id');
const work = () => stored.select('SELECT handler, status, attempts, due_at FROM pass2pay_after_commit ORDER BY id');
const due = (idempotency_key: string) => ({ idempotency_key, result: 'failed', attempts: 0, due_at: NOW });

describe('a retry', () => {
  it('makes failed and dead outcomes and dead after-commit work due, with all their attempts', async () => {
    for (const result of ['failed', 'dead', 'mismatch', 'applied', 'received', 'stale', 'duplicate']) {
      await stored.outcome({ idempotency_key: result, result, attempts: 4, due_at: 99 });
    }
    await stored.afterCommit({ handler: 'A.dead', status: 'dead', attempts: 4 });
    await stored.afterCommit({ handler: 'A.pending', status: 'pending', attempts: 2, due_at: 99 });
    expect(await retries.retry({})).toStrictEqual({ outcomes: 2, afterCommit: 1 });
    const [failed, dead, ...others] = await outcomes();
    expect([failed, dead]).toStrictEqual([due('failed'), due('dead')]);
    for (const other of others) expect(other).toMatchObject({ result: other.idempotency_key, attempts: 4, due_at: 99 });
    expect(await work()).toStrictEqual([
      { handler: 'A.dead', status: 'pending', attempts: 0, due_at: NOW },
      { handler: 'A.pending', status: 'pending', attempts: 2, due_at: 99 },
    ]);
  });

  it.each([
    ['failed', { outcomes: 1, afterCommit: 0 }],
    ['mismatch', { outcomes: 1, afterCommit: 0 }],
    ['dead', { outcomes: 1, afterCommit: 1 }],
  ] as const)('of what is %s retries nothing else', async (result, count) => {
    for (const each of ['failed', 'dead', 'mismatch']) await stored.outcome({ idempotency_key: each, result: each });
    await stored.afterCommit({ status: 'dead' });
    expect(await retries.retry({ result })).toStrictEqual(count);
    expect((await outcomes()).filter(({ due_at }) => due_at === NOW)).toStrictEqual([due(result)]);
  });

  it('of a handler retries only its after-commit work', async () => {
    await stored.outcome({ result: 'dead' });
    await stored.afterCommit({ handler: 'A.one', status: 'dead' });
    await stored.afterCommit({ handler: 'A.other', status: 'dead' });
    const database = new WatchedDatabase(stored.database);
    const own = new OutcomeRetries(database, stored.tables, '', LIMITS);
    expect(await own.retry({ handler: 'A.one' })).toStrictEqual({ outcomes: 0, afterCommit: 1 });
    expect(database.steps).toStrictEqual(['begin', 'commit']);
    expect((await work()).map(({ status }) => status)).toStrictEqual(['pending', 'dead']);
  });

  it.each([
    [{ idempotencyKey: 'other' }, { idempotency_key: 'other' }],
    [{ kind: 'transfer' }, { kind: 'transfer', idempotency_key: 'other' }],
    [{ mchNo: 'M2' }, { mch_no: 'M2', idempotency_key: 'other' }],
    [{ mchOrderNo: 'O2 ' }, { compared_no: 'o2', idempotency_key: 'other' }],
  ] as const)('of %j retries no other outcome', async (options, row) => {
    await stored.outcome({ result: 'dead' });
    await stored.afterCommit({ status: 'dead' });
    await stored.outcome({ result: 'dead', ...row });
    await stored.afterCommit({ status: 'dead', ...row });
    expect(await retries.retry(options)).toStrictEqual({ outcomes: 1, afterCommit: 1 });
    expect((await outcomes()).map(({ result }) => result)).toStrictEqual(['dead', 'failed']);
  });

  it('does not touch another instance of the module', async () => {
    await stored.outcome({ result: 'dead', instance: 'second' });
    await stored.afterCommit({ status: 'dead', instance: 'second' });
    expect(await retries.retry({ result: 'dead' })).toStrictEqual({ outcomes: 0, afterCommit: 0 });
  });

  it.each([
    [499, 'dead'],
    [500, 'dead'],
    [501, 'dead'],
    [1_000, 'dead'],
    // They stay failed, so that a batch that is taken again would be counted twice.
    [1_001, 'failed'],
  ] as const)('takes all of %d outcomes that are %s, each once', async (count, result) => {
    await stored.select(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO pass2pay_outcome (instance, idempotency_key, kind, mch_no, compared_no, state, amount, currency, source, result, late, deliveries, attempts, fields, received_at) SELECT '', 'k' || i, 'payment', 'M1', 'o1', 2, 5, 'cny', 'notify', '${result}', 0, 1, 0, '{}', 0 FROM n RETURNING id`,
    );
    expect(await retries.retry({ result })).toStrictEqual({ outcomes: count, afterCommit: 0 });
    expect(new Set((await outcomes()).map((row) => row.result))).toStrictEqual(new Set(['failed']));
  });
});

it.each([
  ['postgres', ' FOR UPDATE SKIP LOCKED'],
  ['mysql', ' FOR UPDATE SKIP LOCKED'],
  ['sqlite', ''],
] as const)('skips locked rows on %s where it can, and changes nothing if it finds none', async (dialect, lock) => {
  const statements: [string, readonly SqlValue[] | undefined][] = [];
  const execute = async (sql: string, params?: readonly SqlValue[]) => {
    statements.push([sql, params]);
    return { rows: [], affected: 0 };
  };
  const transaction = { execute, commit: async () => {}, rollback: async () => {} };
  const database = { dialect, begin: async () => transaction } as unknown as SqlDatabase;
  await new OutcomeRetries(database, stored.tables, 'shop', LIMITS).retry({ result: 'failed' });
  expect(statements).toStrictEqual([
    [
      `SELECT id FROM pass2pay_outcome WHERE instance = ? AND result <> 'applied' AND result = ? AND id > ? ORDER BY id LIMIT 500${lock}`,
      ['shop', 'failed', 0],
    ],
  ]);
});
