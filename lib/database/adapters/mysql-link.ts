import { rowsOf, type CompoundStatements } from './compound-statements.js';
import { guarded } from './guarded.js';
import type { SqlResult, SqlStatement, SqlValue } from '../sql-database.js';
import type { SqlLink } from '../transaction/sql-link.js';
import type { TxGate } from '../transaction/tx-gate.js';

/** What the module needs of a connection of mysql2/promise. */
export interface MysqlConnection {
  query(sql: string): Promise<unknown>;
  execute(sql: string, params?: SqlValue[]): Promise<unknown>;
  release(): void;
  destroy(): void;
}

/** A checked-out connection of mysql2/promise. */
export class MysqlLink<Tx> implements SqlLink<Tx> {
  constructor(
    readonly tx: Tx,
    private readonly connection: MysqlConnection,
    private readonly compound: CompoundStatements,
  ) {}

  async execute(sql: string, params: readonly SqlValue[] = []): Promise<SqlResult> {
    return mysqlResultOf(await withoutTrace(() => this.connection.execute(sql, [...params])));
  }

  async begin(statements: readonly string[], first?: SqlStatement): Promise<SqlResult | void> {
    if (first !== undefined) {
      const result = await this.compound.runTogether([...statements, first.sql], (sql) =>
        withoutTrace(() => this.connection.execute(sql, [...first.params])),
      );
      if (result !== undefined) return mysqlResultOf(result);
    }
    await this.compound.run(statements, (sql) => withoutTrace(() => this.connection.query(sql)));
  }

  async commit(statements: readonly string[]): Promise<void> {
    await this.begin(statements);
  }

  async rollback(statements: readonly string[]): Promise<void> {
    await this.begin(statements);
  }

  /** On a lost connection the last statement has failed. */
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

/** The connection that handlers get. */
export function guardedMysqlConnection<Connection extends MysqlConnection>(
  connection: Connection,
  gate: TxGate,
): Connection {
  return guarded(connection, gate, {
    statements: ['query', 'execute', 'prepare'],
    forbidden: ['beginTransaction', 'commit', 'rollback', 'release', 'destroy', 'end', 'changeUser'],
    isAsync: true,
    call: tracedOnFailure,
  });
}

/** Rows, or mysql2's ResultSetHeader. */
export function mysqlResultOf(result: unknown): SqlResult {
  const [first] = result as [unknown];
  if (Array.isArray(first)) return { rows: rowsOf(first), affected: 0 };
  return { rows: [], affected: (first as { affectedRows: number }).affectedRows };
}

/** A handler's call; the stack trace of an error is captured only where it is awaited. */
async function tracedOnFailure(call: () => unknown): Promise<unknown> {
  try {
    return await withoutTrace(call);
  } catch (error) {
    if (error instanceof Error) Error.captureStackTrace(error, tracedOnFailure);
    throw error;
  }
}

/**
 * Without `trace: false`, mysql2 captures a stack trace on each call, in case it fails. In deep call chains, such as
 * the module's and the handlers', that costs several µs.
 */
export function withoutTrace<Result>(call: () => Result): Result {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
