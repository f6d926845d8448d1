import { withTimeout } from '../../client/with-timeout.js';
import { NoConnectionError } from '../sql-errors.js';

/** How long a statement outside of a transaction waits for a connection, or on SQLite for its turn, in ms. */
export const STATEMENT_WAIT_MS = 15_000;

/**
 * A connection of a pool, within a time: some pools wait for ever. One that comes later is given back.
 *
 * @throws NoConnectionError when the time is over.
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

/** Makes something of a connection; where that fails, the connection is given back. */
export async function leaving<Made>(make: () => Made | Promise<Made>, giveBack: () => void): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    giveBack();
    throw error;
  }
}
