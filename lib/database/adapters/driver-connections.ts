import type { KyselyConnection } from './kysely-connection.js';
import type { SqlDialect } from '../sql-database.js';

/** What the module needs of a pool of pg, or of one of mysql2 without promises. */
export interface DriverPool {
  on(event: 'acquire', listener: (connection: object) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  listenerCount(event: 'error'): number;
}

interface DriverConnection {
  on(event: 'error', listener: () => void): unknown;
  /** Of pg. */
  readonly processID?: number;
  end(): Promise<void> | void;
  /** Of mysql2. */
  readonly threadId?: number;
  destroy?(): void;
}

const IDENTITY: Readonly<Record<SqlDialect, string>> = {
  postgres: 'SELECT pg_backend_pid() AS id',
  mysql: 'SELECT CONNECTION_ID() AS id',
  sqlite: 'SELECT 0 AS id',
};

/** The connections of a pool that Kysely keeps to itself, found by the number that the server has given each. */
export class DriverConnections {
  private readonly byId = new Map<number, WeakRef<DriverConnection>>();
  private readonly seen = new WeakSet<object>();
  private readonly ids = new WeakMap<object, number>();

  constructor(pool: DriverPool) {
    // Of pg, an idle connection that breaks, as when the server restarts, would end the process.
    if (pool.listenerCount('error') === 0) pool.on('error', () => {});
    pool.on('acquire', (connection) => {
      if (!this.seen.has(connection)) this.add(connection as DriverConnection);
    });
  }

  /** Learns the number of a connection of Kysely, once. */
  async identify(connection: KyselyConnection, dialect: SqlDialect): Promise<void> {
    if (this.ids.has(connection.driven)) return;
    const { rows } = await connection.run(IDENTITY[dialect]);
    this.ids.set(connection.driven, Number(rows[0]?.id));
  }

  /** Closes a connection, whatever runs on it; does nothing where a proxy before the server gives it another number. */
  close({ driven }: KyselyConnection): void {
    const connection = this.byId.get(this.ids.get(driven) ?? NaN)?.deref();
    if (connection === undefined) return;
    // Of pg, what has something under way is closed at once.
    if (connection.destroy === undefined) void Promise.resolve(connection.end()).catch(() => {});
    else connection.destroy();
  }

  private add(connection: DriverConnection): void {
    this.seen.add(connection);
    // Without a listener, a connection of pg that breaks while it is out of the pool ends the process. Its statement fails.
    connection.on('error', () => {});
    for (const [id, known] of this.byId) if (known.deref() === undefined) this.byId.delete(id);
    const id = connection.processID ?? connection.threadId;
    if (id !== undefined) this.byId.set(id, new WeakRef(connection));
  }
}
