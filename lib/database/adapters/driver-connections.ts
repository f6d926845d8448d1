import type { KyselyConnection } from './kysely-connection.js';
import type { SqlDialect } from '../sql-database.js';

/** The members of a pg pool, or of a mysql2 pool without promises, that the module needs. */
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

/** The pool connections that Kysely hides, found by their server-side ids. */
export class DriverConnections {
  private readonly byId = new Map<number, WeakRef<DriverConnection>>();
  private readonly seen = new WeakSet<object>();
  private readonly ids = new WeakMap<object, number>();

  constructor(pool: DriverPool) {
    // With pg, a lost idle connection, as after a server restart, would crash the process.
    if (pool.listenerCount('error') === 0) pool.on('error', () => {});
    pool.on('acquire', (connection) => {
      if (!this.seen.has(connection)) this.add(connection as DriverConnection);
    });
  }

  /** Reads the id of a Kysely connection, once. */
  async identify(connection: KyselyConnection, dialect: SqlDialect): Promise<void> {
    if (this.ids.has(connection.driven)) return;
    const { rows } = await connection.run(IDENTITY[dialect]);
    this.ids.set(connection.driven, Number(rows[0]?.id));
  }

  /**
   * Closes a connection even if a statement is running; does nothing if a proxy in front of the server reports another
   * id.
   */
  close({ driven }: KyselyConnection): void {
    const connection = this.byId.get(this.ids.get(driven) ?? NaN)?.deref();
    if (connection === undefined) return;
    // With pg, a busy connection is closed immediately.
    if (connection.destroy === undefined) void Promise.resolve(connection.end()).catch(() => {});
    else connection.destroy();
  }

  private add(connection: DriverConnection): void {
    this.seen.add(connection);
    // Without a listener, a pg connection that is lost while checked out crashes the process. Its statement fails.
    connection.on('error', () => {});
    for (const [id, known] of this.byId) if (known.deref() === undefined) this.byId.delete(id);
    const id = connection.processID ?? connection.threadId;
    if (id !== undefined) this.byId.set(id, new WeakRef(connection));
  }
}
