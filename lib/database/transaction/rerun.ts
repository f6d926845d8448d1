import { sqlFailure } from '../sql-errors.js';

/** How often a transaction that the database has rolled back is run in all. */
export const MAX_RUNS = 3;

/**
 * Runs a transaction, and again where the database has rolled it back, as after a deadlock.
 *
 * @param isTimeLeft whether there is time for another run
 * @throws what `run` throws, the last time.
 */
export async function rerun<Result>(run: () => Promise<Result>, isTimeLeft = () => true): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      return await run();
    } catch (error) {
      if (sqlFailure(error) !== 'rolled-back' || count === MAX_RUNS || !isTimeLeft()) throw error;
    }
  }
}
