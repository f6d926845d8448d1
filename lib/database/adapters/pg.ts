import type { PgClient } from './pg-client.js';
import { pgDatabaseWith, type PgPool } from './pg-pool.js';
import type { SqlDatabase } from '../sql-database.js';

export type { PgClient } from './pg-client.js';
export type { PgPool } from './pg-pool.js';

/** PostgreSQL with a `Pool` of pg; handlers get its `PoolClient`. */
export function pgDatabase<Client extends PgClient>(pool: PgPool<Client>): SqlDatabase<Client> {
  return pgDatabaseWith(pool, (client) => client);
}
