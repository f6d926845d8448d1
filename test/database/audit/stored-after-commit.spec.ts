import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoredAfterCommits } from '../../../lib/database/audit/stored-after-commit.js';
import { MemoryTables } from '../support/memory-tables.js';

let stored: MemoryTables;
let work: StoredAfterCommits;
beforeEach(async () => {
  stored = await MemoryTables.open();
  work = new StoredAfterCommits(stored.database, stored.tables, '');
});
afterEach(() => stored.close());

const handlersOf = async (options: Parameters<StoredAfterCommits['list']>[0]) =>
  (await work.list(options)).afterCommit.map(({ handler }) => handler);

describe('a list of after-commit work', () => {
  it('has the outcome, the handler and the attempts of each', async () => {
    await stored.afterCommit({ attempts: 3 });
    expect(await work.list({})).toStrictEqual({
      afterCommit: [
        {
          idempotencyKey: 'payment:M1:P1:2',
          kind: 'payment',
          mchNo: 'M1',
          appId: 'A1',
          mchOrderNo: 'O1',
          state: 2,
          handler: 'Shop.ship',
          status: 'pending',
          attempts: 3,
          replayed: false,
          createdAt: new Date(1_000),
        },
      ],
    });
  });

  it('tells why an attempt failed, when the next is due, and of a replay', async () => {
    await stored.afterCommit({ error: 'mail is down', due_at: 2_000, replay_id: 1 });
    const { afterCommit } = await work.list({});
    expect(afterCommit[0]).toMatchObject({ error: 'mail is down', dueAt: new Date(2_000), replayed: true });
  });

  it('has pages, newest first', async () => {
    for (const handler of ['A.first', 'A.second', 'A.third']) await stored.afterCommit({ handler });
    expect(await handlersOf({ limit: 2 })).toStrictEqual(['A.third', 'A.second']);
    expect(await work.list({ limit: 2 })).toMatchObject({ next: '2' });
    expect(await handlersOf({ limit: 2, after: '2' })).toStrictEqual(['A.first']);
    expect(await work.list({ limit: 2, after: '2' })).not.toHaveProperty('next');
  });

  it.each([
    [{ handler: 'A.other' }, {}],
    [{ status: 'dead' }, { status: 'dead' }],
    [{ mchNo: 'M2' }, { mch_no: 'M2' }],
    [{ mchOrderNo: 'O2 ' }, { compared_no: 'o2' }],
  ] as const)('of %j has no other', async (options, row) => {
    await stored.afterCommit();
    await stored.afterCommit({ handler: 'A.other', ...row });
    expect(await handlersOf(options)).toStrictEqual(['A.other']);
  });

  it('of pending work has no dead one', async () => {
    await stored.afterCommit();
    await stored.afterCommit({ handler: 'A.dead', status: 'dead' });
    expect(await handlersOf({ status: 'pending' })).toStrictEqual(['Shop.ship']);
  });

  it('has none of another instance', async () => {
    await stored.afterCommit({ instance: 'second' });
    expect(await handlersOf({})).toStrictEqual([]);
  });
});
