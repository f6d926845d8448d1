import { acquire, leaving } from './acquire.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import { NamedStatements } from './named-statements.js';
import type { PgClient, PgResult } from './pg-client.js';
import { guardedPgClient, PgLink, pgResultOf } from './pg-link.js';
import { numbered } from '../placeholders.js';
import type { SqlDatabase } from '../sql-database.js';
import { TxGate } from '../transaction/tx-gate.js';

/** What the module needs of a pool of pg. */
export interface PgPool<Client extends PgClient = PgClient> {
  connect(): Promise<Client>;
  query(sql: string, params?: unknown[]): Promise<PgResult>;
  listenerCount(event: 'error'): number;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** PostgreSQL with a pool of pg, for a library that is based on it: `txOf` converts a client to what handlers get. */
export function pgDatabaseWith<Client extends PgClient, Tx>(
  pool: PgPool<Client>,
  txOf: (client: Client) => Tx | Promise<Tx>,
): SqlDatabase<Tx> {
  // Without a listener, a lost idle connection, as after a server restart, crashes the process.
  if (pool.listenerCount('error') === 0) pool.on('error', () => {});
  const named = new NamedStatements();
  return {
    dialect: 'postgres',
    execute: async (sql, params = []) => pgResultOf(await pool.query(numbered(sql), [...params])),
    begin: async (limits, first) => {
      const client = await acquire(pool.connect(), limits.connectionTimeoutMs, (late) => late.release());
      const gate = new TxGate('postgres');
      const tx = await leaving(
        () => txOf(guardedPgClient(client, gate)),
        () => client.release(),
      );
      return LinkedTransaction.begin(new PgLink(tx, client, named), gate, 'postgres', limits, first);
    },
  };
}
