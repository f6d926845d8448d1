import { guarded } from './guarded.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import { Semaphore } from '../transaction/semaphore.js';
import type { SqlDatabase, SqlResult, SqlValue } from '../sql-database.js';
import type { SqlLink } from '../transaction/sql-link.js';
import { beginWhenFree, runWhenFree, type SqliteExec } from './sqlite-lock.js';
import { TxGate } from '../transaction/tx-gate.js';

/** What the module needs of a connection of better-sqlite3, libsql or node:sqlite. */
export interface SqliteConnection extends SqliteExec {
  prepare(sql: string): {
    all(...params: SqlValue[]): unknown[];
    run(...params: SqlValue[]): { changes: number | bigint };
  };
  /** better-sqlite3 and libsql. */
  readonly inTransaction?: boolean;
  /** node:sqlite. */
  readonly isTransaction?: boolean;
}

/** How long a statement outside of a transaction waits for the one that is under way, in ms. */
const STATEMENT_WAIT_MS = 15_000;

/**
 * SQLite, by a connection of better-sqlite3, libsql or node:sqlite, which handlers get too. Give the module a connection of
 * its own: what the application runs on this one while handlers run would be part of their transaction.
 */
export function sqliteDatabase<Connection extends SqliteConnection>(connection: Connection): SqlDatabase<Connection> {
  const mutex = new Semaphore(1);
  return {
    dialect: 'sqlite',
    execute: async (sql, params = []) => {
      const release = await mutex.acquire(STATEMENT_WAIT_MS);
      try {
        return await runWhenFree(connection, sql, STATEMENT_WAIT_MS, () => run(connection, sql, params));
      } finally {
        release();
      }
    },
    begin: async (limits) => {
      const release = await mutex.acquire(limits.connectionTimeoutMs);
      const gate = new TxGate('sqlite', () => isInTransaction(connection));
      const link = new SqliteLink(connection, gate, { release, lockTimeoutMs: limits.lockTimeoutMs });
      return LinkedTransaction.begin(link, gate, 'sqlite', limits);
    },
  };
}

class SqliteLink<Connection extends SqliteConnection> implements SqlLink<Connection> {
  readonly tx: Connection;

  constructor(
    private readonly connection: Connection,
    gate: TxGate,
    private readonly turn: { release(): void; lockTimeoutMs: number },
  ) {
    this.tx = guarded(connection, gate, {
      statements: ['exec', 'pragma'],
      preparing: { prepare: ['all', 'get', 'run', 'iterate'] },
      forbidden: ['close', 'transaction', 'open', 'createTagStore', 'deserialize'],
    });
  }

  async execute(sql: string, params: readonly SqlValue[] = []): Promise<SqlResult> {
    return run(this.connection, sql, params);
  }

  async begin(statements: readonly string[]): Promise<void> {
    await beginWhenFree(this.connection, statements.join('; '), this.turn.lockTimeoutMs);
  }

  async commit(statements: readonly string[]): Promise<void> {
    this.connection.exec(statements.join('; '));
  }

  async rollback(statements: readonly string[]): Promise<void> {
    if (isInTransaction(this.connection)) this.connection.exec(statements.join('; '));
  }

  isAlive(): boolean {
    return true;
  }

  release(): void {
    this.turn.release();
  }

  destroy(): void {
    this.turn.release();
  }
}

/** True where the connection cannot tell. */
function isInTransaction({ inTransaction, isTransaction }: SqliteConnection): boolean {
  return inTransaction ?? isTransaction ?? true;
}

function run(connection: SqliteConnection, sql: string, params: readonly SqlValue[]): SqlResult {
  const statement = connection.prepare(sql);
  if (/^\s*(?:select|with|pragma)\b|\breturning\b/i.test(sql)) {
    const rows = statement.all(...params) as SqlResult['rows'];
    return { rows, affected: rows.length };
  }
  return { rows: [], affected: Number(statement.run(...params).changes) };
}
