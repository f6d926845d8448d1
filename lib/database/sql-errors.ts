/** No connection was free within the time that a transaction may wait for one. */
export class NoConnectionError extends Error {
  override readonly name = 'NoConnectionError';

  constructor(waitedMs: number) {
    super(
      `No connection to the database was free within ${waitedMs} ms: make the pool larger than databaseLimits.maxConcurrent, or see what keeps its connections.`,
    );
  }
}

/** The database, or the network before it, did not answer a statement in time; its connection is closed. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor(waitedMs: number) {
    super(
      `The database did not answer within ${Math.ceil(waitedMs)} ms: see whether it is overloaded or out of reach.`,
    );
  }
}

/** Something was done in a transaction after which it must not be committed; the message says what. */
export class BrokenTransactionError extends Error {
  override readonly name = 'BrokenTransactionError';
  /** What is left of it where a library copies an error's fields into one of its own, as MikroORM does. */
  readonly code = 'PASS2PAY_BROKEN_TRANSACTION';
}

/** A statement that must be committed at once was to run in an open transaction of SQLite's one connection; nothing was done. */
export class OpenTransactionError extends Error {
  override readonly name = 'OpenTransactionError';

  /** @param whose transaction it is */
  constructor(whose: string, options?: ErrorOptions) {
    super(
      `An order must be committed before it is sent to the gateway, and on SQLite that would be part of the transaction ${whose}. Create orders before a transaction or after its commit, such as in a handler with { after: 'commit' }; or give the module a connection of its own.`,
      options,
    );
  }
}

/** The connection broke while the database committed: whether it has is to be read on another connection. */
export class CommitUnknownError extends Error {
  override readonly name = 'CommitUnknownError';

  constructor(cause: unknown) {
    super('The connection broke before the database said whether it had committed.', { cause });
  }
}

/** The database does not know a statement that was prepared on its connection: nothing of the transaction was done. */
export class StatementLostError extends Error {
  override readonly name = 'StatementLostError';
  readonly code = 'PASS2PAY_STATEMENT_LOST';

  constructor(cause: unknown) {
    super('A prepared statement was lost; statements are not prepared any more.', { cause });
  }
}

/** Codes of PostgreSQL: no such prepared statement; there is one already; its plan does not fit any more. */
const STATEMENT_LOST = new Set(['26000', '42P05', '0A000']);

/** Whether a prepared statement failed for being prepared: behind a proxy, or after a migration. */
export function isStatementLost(error: unknown): boolean {
  return chainOf(error).some(({ code }) => STATEMENT_LOST.has(String(code)));
}

/**
 * What an error of a database means: `rolled-back`: the transaction is undone, and may succeed when it is run again
 * (deadlock, serialization); `lock-timeout`: another one held the lock for too long; `unique`: the key is there already;
 * `missing-table`; `no-savepoint`: an error before has ended the transaction, or spoilt it;
 * `open-transaction`: SQLite's connection is in one already; `syntax`: MySQL or MariaDB does
 * not know such a statement, or cannot prepare it; `other`.
 */
export type SqlFailure =
  | 'rolled-back'
  | 'lock-timeout'
  | 'unique'
  | 'missing-table'
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
  '25P02': 'no-savepoint',
  '3B001': 'no-savepoint',
  ER_LOCK_DEADLOCK: 'rolled-back',
  ER_CHECKREAD: 'rolled-back',
  ER_LOCK_WAIT_TIMEOUT: 'lock-timeout',
  ER_DUP_ENTRY: 'unique',
  ER_NO_SUCH_TABLE: 'missing-table',
  ER_SP_DOES_NOT_EXIST: 'no-savepoint',
  ER_PARSE_ERROR: 'syntax',
  ER_UNSUPPORTED_PS: 'syntax',
  // MySQL's own numbers, by which Prisma names its errors.
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

/** Of node:sqlite, whose errors all have the same code. */
const BY_SQLITE_NUMBER: Readonly<Record<number, SqlFailure>> = {
  5: 'lock-timeout',
  517: 'rolled-back',
  1555: 'unique',
  2067: 'unique',
};

/** SQLite has one code for all of these. */
const BY_MESSAGE: readonly [RegExp, SqlFailure][] = [
  [/^no such table/, 'missing-table'],
  [/^no such savepoint/, 'no-savepoint'],
  [/cannot start a transaction within a transaction$/, 'open-transaction'],
];

/** What an error that a library threw means: the driver's own code, however deep the library has wrapped it. */
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
 * An SQLSTATE, but for the classes that say that the connection ends, for the general one (HY000) that libraries give their own
 * errors too, for EPIPE, and for Prisma's own codes.
 */
const SQLSTATE = /^(?!08|57P|HY|E|P[12])[0-9A-Z]{5}$/;

/** Prisma's `originalCode`: an SQLSTATE of PostgreSQL, or a number of MySQL's server; its clients' own begin with 2 and 45. */
const ORIGINAL = /^(?!08|57P|45)(?:[0-9A-Z]{5}|[134][0-9]{3})$/;

/** Whether the database itself has said no; false for a connection that broke, after which it may have done as told. */
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

/** The error and those that it wraps: TypeORM's `driverError`, Sequelize's `parent`, Prisma's `meta`, everybody's `cause`. */
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
