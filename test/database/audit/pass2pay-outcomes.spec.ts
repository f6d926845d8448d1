import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { Pass2PayOutcomes } from '../../../lib/database/audit/pass2pay-outcomes.js';
import { Pass2PayConfigError, Pass2PayValidationError } from '../../../lib/errors/pass2pay.errors.js';
import { MemoryTables } from '../support/memory-tables.js';

const KEY = 'payment:M1:P1:2';
const NOW = Date.UTC(2024, 5, 1);
const LIMITS = { connectionTimeoutMs: 1_000, lockTimeoutMs: 1_000 };
const ASKED = { idempotencyKey: KEY, reason: 'Ann: paid by hand' };

let clock: Clock;
let stored: MemoryTables;
let outcomes: Pass2PayOutcomes;
beforeEach(async () => {
  clock = FakeTimers.install({ now: NOW, toFake: ['Date'] });
  stored = await MemoryTables.open();
  outcomes = new Pass2PayOutcomes({ database: stored.database, tables: stored.tables, instance: '', limits: LIMITS });
});
afterEach(() => {
  stored.close();
  clock.uninstall();
});

async function issuesOf(work: Promise<unknown>, type: typeof Pass2PayConfigError | typeof Pass2PayValidationError) {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(type);
  return (error as Pass2PayConfigError).issues;
}

describe('the outcomes', () => {
  it('are listed with their after-commit work and replays', async () => {
    await stored.outcome();
    await stored.afterCommit();
    await stored.replay();
    const lists = [
      (await outcomes.list({ result: 'applied' })).outcomes,
      (await outcomes.listAfterCommit({ status: 'pending' })).afterCommit,
      (await outcomes.listReplays({ status: 'pending' })).replays,
    ];
    for (const list of lists) expect(list).toMatchObject([{ idempotencyKey: KEY }]);
  });

  it('are retried', async () => {
    await stored.outcome({ result: 'dead' });
    expect(await outcomes.retry({ result: 'dead' })).toStrictEqual({ outcomes: 1, afterCommit: 0 });
  });

  it('check the options of each call', async () => {
    const wrong = { result: 'x', status: 'x' } as never;
    for (const call of [outcomes.list(wrong), outcomes.listAfterCommit(wrong), outcomes.listReplays(wrong)]) {
      expect(await issuesOf(call, Pass2PayValidationError)).not.toHaveLength(0);
    }
    expect(await issuesOf(outcomes.retry({}), Pass2PayValidationError)).toHaveLength(1);
    expect(await issuesOf(outcomes.replay({} as never), Pass2PayValidationError)).toHaveLength(2);
  });

  it.each(['list', 'listAfterCommit', 'listReplays', 'retry', 'replay'] as const)(
    'need a database for %s',
    async (method) => {
      const without = new Pass2PayOutcomes(undefined);
      expect(await issuesOf(without[method]({} as never), Pass2PayConfigError)).toStrictEqual([
        {
          field: 'database',
          message: 'database is required for Pass2PayOutcomes, which reads and writes the outcome table; set it',
        },
      ]);
    },
  );
});

describe('a replay', () => {
  it('of an applied outcome is committed as requested now', async () => {
    await stored.outcome();
    expect(await outcomes.replay({ ...ASKED, handler: 'Shop.ship' })).toStrictEqual({
      id: 1,
      idempotencyKey: KEY,
      handler: 'Shop.ship',
      reason: 'Ann: paid by hand',
      status: 'pending',
      requestedAt: new Date(NOW),
    });
    expect(await stored.select('SELECT mch_no, due_at FROM pass2pay_replay')).toStrictEqual([
      { mch_no: 'M1', due_at: NOW },
    ]);
  });

  it('of an unknown outcome is refused', async () => {
    expect(await issuesOf(outcomes.replay(ASKED), Pass2PayValidationError)).toStrictEqual([
      {
        field: 'idempotencyKey',
        message: `idempotencyKey ${KEY} does not exist in the outcome table; use one from list`,
      },
    ]);
  });

  it.each([
    ['received', ''],
    ['duplicate', ''],
    ['stale', ''],
    ['failed', '; retry it'],
    ['dead', '; retry it'],
    ['mismatch', '; retry it'],
  ])('of an outcome that is %s is refused', async (result, advice) => {
    await stored.outcome({ result });
    const message = `idempotencyKey ${KEY} belongs to an outcome that is ${result}; only applied outcomes can be replayed${advice}`;
    expect(await issuesOf(outcomes.replay(ASKED), Pass2PayValidationError)).toStrictEqual([
      { field: 'idempotencyKey', message },
    ]);
    expect(await stored.select('SELECT id FROM pass2pay_replay')).toHaveLength(0);
  });
});
