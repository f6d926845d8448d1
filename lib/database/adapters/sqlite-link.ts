import { guarded } from './guarded.js';
import type { SqlResult, SqlValue } from '../sql-database.js';
import type { SqlLink } from '../transaction/sql-link.js';
import { beginWhenFree, type SqliteExec } from './sqlite-lock.js';
import type { TxGate } from '../transaction/tx-gate.js';

// oxlint-disable-next-line typescript/no-explicit-any -- to TypeScript 5, better-sqlite3 and libsql fit only these and never[]
type Params = any[];

/** What the module needs of a connection of better-sqlite3, libsql or node:sqlite. */
export interface SqliteConnection extends SqliteExec {
  prepare(sql: string): {
    all(...params: Params): unknown[];
    run(...params: Params): { changes: number | bigint };
  };
  /** better-sqlite3 and libsql. */
  readonly inTransaction?: boolean;
  /** node:sqlite. */
  readonly isTransaction?: boolean;
}

/** The SQLite connection during a transaction of the module. */
export class SqliteLink<Tx> implements SqlLink<Tx> {
  constructor(
    readonly tx: Tx,
    private readonly connection: SqliteConnection,
    private readonly turn: { release(): void; lockTimeoutMs: number },
  ) {}

  async execute(sql: string, params: readonly SqlValue[] = []): Promise<SqlResult> {
    return runOn(this.connection, sql, params);
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

/** The connection that handlers get. */
export function guardedSqliteConnection<Connection extends SqliteConnection>(
  connection: Connection,
  gate: TxGate,
): Connection {
  return guarded(connection, gate, {
    statements: ['exec', 'pragma'],
    preparing: { prepare: ['all', 'get', 'run', 'iterate'] },
    forbidden: ['close', 'transaction', 'open', 'createTagStore', 'deserialize'],
  });
}

/** True if the connection does not report it. */
export function isInTransaction({ inTransaction, isTransaction }: SqliteConnection): boolean {
  return inTransaction ?? isTransaction ?? true;
}

export function runOn(connection: SqliteConnection, sql: string, params: readonly SqlValue[]): SqlResult {
  const statement = connection.prepare(sql);
  if (/^\s*(?:select|with|pragma)\b|\breturning\b/i.test(sql)) {
    const rows = statement.all(...params) as SqlResult['rows'];
    return { rows, affected: rows.length };
  }
  return { rows: [], affected: Number(statement.run(...params).changes) };
}
