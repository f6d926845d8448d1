import { acquire } from './acquire.js';
import { CompoundStatements, rowsOf } from './compound-statements.js';
import { guarded } from './guarded.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import type { SqlDatabase, SqlResult, SqlStatement, SqlValue } from '../sql-database.js';
import type { SqlLink } from '../transaction/sql-link.js';
import { TxGate } from '../transaction/tx-gate.js';

/** What the module needs of a connection of mysql2/promise. */
export interface MysqlConnection {
  query(sql: string): Promise<unknown>;
  execute(sql: string, params?: SqlValue[]): Promise<unknown>;
  release(): void;
  destroy(): void;
}

/** What the module needs of a pool of mysql2/promise. */
export interface MysqlPool<Connection extends MysqlConnection = MysqlConnection> {
  getConnection(): Promise<Connection>;
  execute(sql: string, params?: SqlValue[]): Promise<unknown>;
}

/** MariaDB and MySQL, by a pool of mysql2/promise; handlers get its `PoolConnection`. */
export function mysqlDatabase<Connection extends MysqlConnection>(
  pool: MysqlPool<Connection>,
): SqlDatabase<Connection> {
  const compound = new CompoundStatements();
  return {
    dialect: 'mysql',
    execute: async (sql, params = []) => resultOf(await pool.execute(sql, [...params])),
    begin: async (limits, first) => {
      const connection = await acquire(
        withoutTrace(() => pool.getConnection()),
        limits.connectionTimeoutMs,
        (late) => late.release(),
      );
      const gate = new TxGate('mysql');
      return LinkedTransaction.begin(new MysqlLink(connection, gate, compound), gate, 'mysql', limits, first);
    },
  };
}

class MysqlLink<Connection extends MysqlConnection> implements SqlLink<Connection> {
  readonly tx: Connection;

  constructor(
    private readonly connection: Connection,
    gate: TxGate,
    private readonly compound: CompoundStatements,
  ) {
    this.tx = guarded(connection, gate, {
      statements: ['query', 'execute', 'prepare'],
      forbidden: ['beginTransaction', 'commit', 'rollback', 'release', 'destroy', 'end', 'changeUser'],
      isAsync: true,
      call: tracedOnFailure,
    });
  }

  async execute(sql: string, params: readonly SqlValue[] = []): Promise<SqlResult> {
    return resultOf(await withoutTrace(() => this.connection.execute(sql, [...params])));
  }

  async begin(statements: readonly string[], first?: SqlStatement): Promise<SqlResult | void> {
    if (first !== undefined) {
      const result = await this.compound.runTogether([...statements, first.sql], (sql) =>
        withoutTrace(() => this.connection.execute(sql, [...first.params])),
      );
      if (result !== undefined) return resultOf(result);
    }
    await this.compound.run(statements, (sql) => withoutTrace(() => this.connection.query(sql)));
  }

  async commit(statements: readonly string[]): Promise<void> {
    await this.begin(statements);
  }

  async rollback(statements: readonly string[]): Promise<void> {
    await this.begin(statements);
  }

  /** A broken connection has failed its last statement. */
  isAlive(): boolean {
    return true;
  }

  release(): void {
    this.connection.release();
  }

  destroy(): void {
    this.connection.destroy();
  }
}

/** Rows, or what mysql2 calls a ResultSetHeader. */
function resultOf(result: unknown): SqlResult {
  const [first] = result as [unknown];
  if (Array.isArray(first)) return { rows: rowsOf(first), affected: 0 };
  return { rows: [], affected: (first as { affectedRows: number }).affectedRows };
}

/** A handler's call, whose error says where it was awaited: the trace is taken only then. */
async function tracedOnFailure(call: () => unknown): Promise<unknown> {
  try {
    return await withoutTrace(call);
  } catch (error) {
    if (error instanceof Error) Error.captureStackTrace(error, tracedOnFailure);
    throw error;
  }
}

/**
 * Unless it is told `trace: false`, mysql2 takes a stack trace at each call, to show it should the call fail. At the end of a
 * long chain of calls, as the module's own are and those of handlers, that costs several µs.
 */
function withoutTrace<Result>(call: () => Result): Result {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
