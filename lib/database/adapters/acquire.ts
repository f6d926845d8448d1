import { withTimeout } from '../../client/with-timeout.js';
import { NoConnectionError } from '../sql-errors.js';

/** Timeout of a statement outside a transaction for a connection or, on SQLite, for its turn, in ms. */
export const STATEMENT_WAIT_MS = 15_000;

/**
 * A pool connection, with a timeout, because some pools wait forever. A later connection is released.
 *
 * @throws NoConnectionError after the timeout.
 */
export async function acquire<Connection>(
  connection: Promise<Connection>,
  withinMs: number,
  giveBack: (connection: Connection) => unknown,
): Promise<Connection> {
  let isLate = false;
  try {
    return await withTimeout(connection, withinMs, () => {
      isLate = true;
      return new NoConnectionError(withinMs);
    });
  } catch (error) {
    if (isLate) connection.then(giveBack, () => {});
    throw error;
  }
}

/** Builds something from a connection; releases the connection if that fails. */
export async function leaving<Made>(make: () => Made | Promise<Made>, giveBack: () => void): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    giveBack();
    throw error;
  }
}
