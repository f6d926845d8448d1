import type { SqlDatabase, SqlLimits, SqlTransaction } from '../sql-database.js';

/**
 * Runs statements in a transaction.
 *
 * @throws what they throw, and what `begin` and `commit` throw; unless the commit is unknown, nothing is committed then.
 */
export async function inTransaction<Result>(
  database: SqlDatabase,
  limits: SqlLimits,
  work: (transaction: SqlTransaction) => Promise<Result>,
): Promise<Result> {
  const transaction = await database.begin(limits);
  const result = await undoing(transaction, () => work(transaction));
  await transaction.commit();
  return result;
}

/** Rolls the transaction back if the work fails. */
export async function undoing<Result>(transaction: SqlTransaction, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}
