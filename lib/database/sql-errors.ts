/** No connection was free within the timeout. */
export class NoConnectionError extends Error {
  override readonly name = 'NoConnectionError';

  constructor(waitedMs: number) {
    super(
      `No database connection was free within ${waitedMs} ms: make the pool larger than databaseLimits.maxConcurrent, or check what holds its connections.`,
    );
  }
}

/** The database did not respond to a statement in time; its connection is closed. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor(waitedMs: number) {
    super(
      `The database did not respond within ${Math.ceil(waitedMs)} ms: check whether it is overloaded or unreachable.`,
    );
  }
}

/** A transaction is unsafe to commit; the message says why. */
export class BrokenTransactionError extends Error {
  override readonly name = 'BrokenTransactionError';
  /** The part that survives when a library copies an error's fields into its own error, as MikroORM does. */
  readonly code = 'PASS2PAY_BROKEN_TRANSACTION';
}

/**
 * A statement that must be committed immediately was called in an open transaction on SQLite's only connection; nothing
 * was done.
 */
export class OpenTransactionError extends Error {
  override readonly name = 'OpenTransactionError';

  /** @param whose describes the open transaction */
  constructor(whose: string, options?: ErrorOptions) {
    super(
      `An order must be committed before it is sent to the gateway, but on SQLite it would be part of the transaction ${whose}. Create orders before a transaction or after its commit, e.g. in a handler with { after: 'commit' }, or give the module a separate connection.`,
      options,
    );
  }
}

/** The connection was lost during the commit; another connection must read whether it succeeded. */
export class CommitUnknownError extends Error {
  override readonly name = 'CommitUnknownError';

  constructor(cause: unknown) {
    super('The connection was lost before the database confirmed the commit.', { cause });
  }
}

/** The database does not know a prepared statement; nothing of the transaction was done. */
export class StatementLostError extends Error {
  override readonly name = 'StatementLostError';
  readonly code = 'PASS2PAY_STATEMENT_LOST';

  constructor(cause: unknown) {
    super('A prepared statement was lost; statements are no longer prepared.', { cause });
  }
}

/** PostgreSQL codes: unknown prepared statement; duplicate prepared statement; outdated plan. */
const STATEMENT_LOST = new Set(['26000', '42P05', '0A000']);

/** Whether a statement failed only because it was prepared: behind a proxy, or after a migration. */
export function isStatementLost(error: unknown): boolean {
  return chainOf(error).some(({ code }) => STATEMENT_LOST.has(String(code)));
}

/**
 * The meaning of a database error: `rolled-back`: the transaction was rolled back and may succeed when rerun (deadlock,
 * serialization failure); `lock-timeout`; `unique`: the key exists; `missing-table`; `aborted`: an earlier error has
 * aborted PostgreSQL's transaction; `no-savepoint`: the transaction has ended, by a rollback or a commit;
 * `open-transaction`: SQLite's connection is already in a transaction; `syntax`: MySQL or MariaDB does not support the
 * statement, or cannot prepare it; `other`.
 */
export type SqlFailure =
  | 'rolled-back'
  | 'lock-timeout'
  | 'unique'
  | 'missing-table'
  | 'aborted'
  | 'no-savepoint'
  | 'open-transaction'
  | 'syntax'
  | 'other';

const BY_CODE: Readonly<Record<string, SqlFailure>> = {
  '40001': 'rolled-back',
  '40P01': 'rolled-back',
  PASS2PAY_STATEMENT_LOST: 'rolled-back',
  '55P03': 'lock-timeout',
  '23505': 'unique',
  '42P01': 'missing-table',
  '25P02': 'aborted',
  '25P01': 'no-savepoint',
  '3B001': 'no-savepoint',
  ER_LOCK_DEADLOCK: 'rolled-back',
  ER_CHECKREAD: 'rolled-back',
  ER_LOCK_WAIT_TIMEOUT: 'lock-timeout',
  ER_DUP_ENTRY: 'unique',
  ER_NO_SUCH_TABLE: 'missing-table',
  ER_SP_DOES_NOT_EXIST: 'no-savepoint',
  ER_PARSE_ERROR: 'syntax',
  ER_UNSUPPORTED_PS: 'syntax',
  // MySQL's error numbers, which Prisma reports.
  '1213': 'rolled-back',
  '1020': 'rolled-back',
  '1205': 'lock-timeout',
  '1062': 'unique',
  '1146': 'missing-table',
  '1305': 'no-savepoint',
  '1064': 'syntax',
  '1295': 'syntax',
  SQLITE_BUSY: 'lock-timeout',
  SQLITE_BUSY_SNAPSHOT: 'rolled-back',
  SQLITE_CONSTRAINT_UNIQUE: 'unique',
  SQLITE_CONSTRAINT_PRIMARYKEY: 'unique',
};

/** For node:sqlite, whose errors all have the same code. */
const BY_SQLITE_NUMBER: Readonly<Record<number, SqlFailure>> = {
  5: 'lock-timeout',
  517: 'rolled-back',
  1555: 'unique',
  2067: 'unique',
};

/** SQLite uses one code for all of these. */
const BY_MESSAGE: readonly [RegExp, SqlFailure][] = [
  [/^no such table/, 'missing-table'],
  [/^no such savepoint/, 'no-savepoint'],
  [/cannot start a transaction within a transaction$/, 'open-transaction'],
];

/** The meaning of a library's error, by the driver's code, even if the library has wrapped it. */
export function sqlFailure(error: unknown): SqlFailure {
  for (const { code, originalCode, errcode, message } of chainOf(error)) {
    const known = BY_CODE[String(originalCode ?? code)] ?? BY_SQLITE_NUMBER[Number(errcode)];
    if (known !== undefined) return known;
    const byMessage = BY_MESSAGE.find(([pattern]) => pattern.test(String(message)));
    if (byMessage !== undefined) return byMessage[1];
  }
  return 'other';
}

/**
 * An SQLSTATE, except the classes for lost connections, 40003, which says that the result of the statement is unknown,
 * the general one (HY000), which libraries use for their own errors too, EPIPE, and Prisma's own codes.
 */
const SQLSTATE = /^(?!08|40003|57P|HY|E|P[12])[0-9A-Z]{5}$/;

/**
 * Prisma's `originalCode`: an SQLSTATE of PostgreSQL, or an error number of the MySQL server; client errors start with
 * 2 and 45.
 */
const ORIGINAL = /^(?!08|40003|57P|45)(?:[0-9A-Z]{5}|[134][0-9]{3})$/;

/** Whether the database itself refused; false for a lost connection, after which it may have run the statement. */
export function isRefusal(error: unknown): boolean {
  return chainOf(error).some(
    ({ code, originalCode, sqlState, errcode }) =>
      SQLSTATE.test(String(sqlState ?? code)) ||
      ORIGINAL.test(String(originalCode)) ||
      String(code).startsWith('SQLITE_') ||
      typeof errcode === 'number',
  );
}

type ErrorFields = Partial<
  Record<
    'code' | 'originalCode' | 'sqlState' | 'errcode' | 'message' | 'meta' | 'driverError' | 'parent' | 'cause',
    unknown
  >
>;

/**
 * The error and its wrapped errors: TypeORM's `driverError`, Sequelize's `parent`, Prisma's `meta`, the standard
 * `cause`.
 */
function chainOf(error: unknown): ErrorFields[] {
  const chain: ErrorFields[] = [];
  for (let at = error; typeof at === 'object' && at !== null && chain.length < 5;) {
    const fields: ErrorFields = at;
    chain.push(fields);
    at = fields.driverError ?? fields.parent ?? driverAdapterErrorOf(fields.meta) ?? fields.cause;
  }
  return chain;
}

function driverAdapterErrorOf(meta: unknown): unknown {
  return (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
}
