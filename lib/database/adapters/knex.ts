import { knexDatabaseWith, type KnexInstance } from './knex-pool.js';
import type { SqlDatabase } from '../sql-database.js';

export type { KnexInstance } from './knex-pool.js';

/**
 * A Knex instance with the client `pg`, `mysql2` or `better-sqlite3`; handlers get a `Knex.Transaction`.
 *
 * @throws TypeError for any other client, and for a transaction instead of the instance.
 */
export function knexDatabase<Tx>(knex: KnexInstance<Tx>): SqlDatabase<Tx> {
  if (knex.isTransaction === true) throw new TypeError('knexDatabase() requires a Knex instance, not a transaction.');
  return knexDatabaseWith(knex, (trx) => ({ tx: trx as Tx }));
}
