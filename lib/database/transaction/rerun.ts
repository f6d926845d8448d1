import { sqlFailure } from '../sql-errors.js';

/** Maximum number of runs of a transaction that the database rolls back. */
export const MAX_RUNS = 3;

/**
 * Runs a transaction, and reruns it if the database has rolled it back, as after a deadlock.
 *
 * @param isTimeLeft whether there is time for another run
 * @throws what the last `run` throws.
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
