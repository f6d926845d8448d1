import { withTimeout } from '../client/with-timeout.js';
import { NoConnectionError } from './sql-errors.js';

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
  const late = new NoConnectionError(withinMs);
  try {
    return await withTimeout(connection, withinMs, () => late);
  } catch (error) {
    if (error === late) connection.then(giveBack, () => {});
    throw error;
  }
}
