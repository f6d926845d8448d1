import { describe, expect, it } from '@jest/globals';
import type { SqlDatabase, SqlTransaction } from '../../../lib/database/sql-database.js';
import { inTransaction, undoing } from '../../../lib/database/transaction/in-transaction.js';

const LIMITS = { connectionTimeoutMs: 1, lockTimeoutMs: 2 };

function recorded({ commitError }: { commitError?: Error } = {}) {
  const steps: unknown[] = [];
  const transaction = {
    commit: async () => {
      steps.push('commit');
      if (commitError !== undefined) throw commitError;
    },
    rollback: async () => void steps.push('rollback'),
  } as unknown as SqlTransaction;
  const begin = async (limits: unknown) => {
    steps.push(['begin', limits]);
    return transaction;
  };
  return { steps, transaction, database: { begin } as unknown as SqlDatabase };
}

describe('work in a transaction', () => {
  it('is committed after it is done, and its result returned', async () => {
    const { steps, database, transaction } = recorded();
    const result = await inTransaction(database, LIMITS, async (own) => {
      steps.push(own === transaction ? 'work' : 'another transaction');
      return 'done';
    });
    expect(result).toBe('done');
    expect(steps).toStrictEqual([['begin', LIMITS], 'work', 'commit']);
  });

  it('is rolled back when it fails, and its error thrown', async () => {
    const { steps, database } = recorded();
    const failure = new Error('no');
    await expect(inTransaction(database, LIMITS, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(steps).toStrictEqual([['begin', LIMITS], 'rollback']);
  });

  it('is not rolled back when only the commit fails, because its outcome may be unknown', async () => {
    const commitError = new Error('connection lost');
    const { steps, database } = recorded({ commitError });
    await expect(inTransaction(database, LIMITS, async () => {})).rejects.toBe(commitError);
    expect(steps).toStrictEqual([['begin', LIMITS], 'commit']);
  });

  it('that a caller commits itself is neither committed nor rolled back when it succeeds', async () => {
    const { steps, transaction } = recorded();
    expect(await undoing(transaction, async () => 'done')).toBe('done');
    expect(steps).toStrictEqual([]);
  });
});
