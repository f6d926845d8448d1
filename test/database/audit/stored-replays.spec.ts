import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoredReplays } from '../../../lib/database/audit/stored-replays.js';
import type { SqlDatabase, SqlExecutor } from '../../../lib/database/sql-database.js';
import { MemoryTables } from '../support/memory-tables.js';

const KEY = 'payment:M1:P1:2';
const ASKED = { idempotencyKey: KEY, mchNo: 'M1', handler: undefined, reason: 'Ann: paid by hand' };
const NEW = {
  id: 1,
  idempotencyKey: KEY,
  reason: 'Ann: paid by hand',
  status: 'pending',
  requestedAt: new Date(5_000),
};

let stored: MemoryTables;
let replays: StoredReplays;
beforeEach(async () => {
  stored = await MemoryTables.open();
  replays = new StoredReplays(stored.database, stored.tables, '');
});
afterEach(() => stored.close());

describe('a requested replay', () => {
  it('is pending and due at once', async () => {
    expect(await replays.add(stored.database, ASKED, 5_000)).toStrictEqual(NEW);
    expect(await stored.select('SELECT * FROM pass2pay_replay')).toStrictEqual([
      {
        id: 1,
        instance: '',
        idempotency_key: KEY,
        mch_no: 'M1',
        handler: null,
        reason: 'Ann: paid by hand',
        status: 'pending',
        attempts: 0,
        error: null,
        requested_at: 5_000,
        ended_at: null,
        due_at: 5_000,
      },
    ]);
  });

  it('may be of one handler', async () => {
    const asked = { ...ASKED, handler: 'Shop.ship' };
    expect(await replays.add(stored.database, asked, 5_000)).toStrictEqual({ ...NEW, handler: 'Shop.ship' });
  });

  it.each([undefined, 'Shop.ship'])('is the pending one when it is requested again, of handler %s', async (handler) => {
    const first = await replays.add(stored.database, { ...ASKED, handler }, 5_000);
    expect(await replays.add(stored.database, { ...ASKED, handler, reason: 'again' }, 9_000)).toStrictEqual(first);
    expect(await stored.select('SELECT id FROM pass2pay_replay')).toHaveLength(1);
  });

  it('is another one for other handlers, for another outcome, and after the first has ended', async () => {
    await replays.add(stored.database, { ...ASKED, handler: 'Shop.ship' }, 5_000);
    expect(await replays.add(stored.database, ASKED, 5_000)).toMatchObject({ id: 2 });
    expect(await replays.add(stored.database, { ...ASKED, idempotencyKey: 'k' }, 5_000)).toMatchObject({ id: 3 });
    await stored.database.execute("UPDATE pass2pay_replay SET status = 'done'");
    expect(await replays.add(stored.database, ASKED, 5_000)).toMatchObject({ id: 4 });
  });

  it('of another instance is another one', async () => {
    await stored.replay({ instance: 'second' });
    expect(await replays.add(stored.database, ASKED, 5_000)).toMatchObject({ id: 2 });
  });

  it.each([
    ['postgres', ' FOR UPDATE'],
    ['mysql', ' FOR UPDATE'],
    ['sqlite', ''],
  ] as const)('waits for concurrent requests of the same outcome on %s', async (dialect, lock) => {
    const statements: unknown[] = [];
    const executor: SqlExecutor = {
      execute: async (...statement) => {
        statements.push(statement);
        return stored.database.execute(statement[0].replace(' FOR UPDATE', ''), statement[1]);
      },
    };
    await new StoredReplays({ dialect } as SqlDatabase, stored.tables, '').add(executor, ASKED, 5_000);
    expect(statements[0]).toStrictEqual([
      `SELECT id FROM pass2pay_outcome WHERE instance = ? AND idempotency_key = ?${lock}`,
      ['', KEY],
    ]);
  });
});

describe('a list of replays', () => {
  it('tells how each ended', async () => {
    await stored.replay({ status: 'failed', error: 'no handler', ended_at: 6_000, handler: 'Shop.ship' });
    expect(await replays.list({})).toStrictEqual({
      replays: [
        {
          ...NEW,
          status: 'failed',
          requestedAt: new Date(1_000),
          handler: 'Shop.ship',
          error: 'no handler',
          endedAt: new Date(6_000),
        },
      ],
    });
  });

  it('has pages, newest first', async () => {
    for (let count = 0; count < 3; count++) await stored.replay();
    const page = await replays.list({ limit: 2 });
    expect([page.replays.map(({ id }) => id), page.next]).toStrictEqual([[3, 2], '2']);
    const last = await replays.list({ limit: 2, after: '2' });
    expect(last.replays.map(({ id }) => id)).toStrictEqual([1]);
    expect(last).not.toHaveProperty('next');
  });

  it.each([{ status: 'done' }, { idempotencyKey: 'k' }] as const)('of %j has no others', async (options) => {
    await stored.replay();
    await stored.replay({ status: 'done', idempotency_key: 'k' });
    await stored.replay({ status: 'done', idempotency_key: 'k', instance: 'second' });
    const { replays: found } = await replays.list(options);
    expect(found.map(({ id }) => id)).toStrictEqual([2]);
  });
});
