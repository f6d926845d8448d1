import type { SqlDialect, SqlLimits } from '../sql-database.js';

/** How a dialect begins and ends a transaction of the module; an adapter sends each list in as few round trips as it can. */
interface TransactionStatements {
  begin(limits: SqlLimits): readonly string[];
  commit: readonly string[];
  rollback: readonly string[];
}

/** Gives a connection of MySQL its own settings back. */
const RESTORE = 'SET SESSION innodb_lock_wait_timeout = @pass2pay_lock_wait, SESSION autocommit = @pass2pay_autocommit';

/**
 * The savepoint tells at the end whether an error has been caught on the way: PostgreSQL then refuses to release it, and in
 * MySQL and SQLite it went with the transaction that the error has rolled back.
 */
export const TRANSACTION: Readonly<Record<SqlDialect, TransactionStatements>> = {
  postgres: {
    begin: ({ lockTimeoutMs }) => [
      'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
      `SET LOCAL lock_timeout = ${Math.ceil(lockTimeoutMs)}`,
      'SAVEPOINT pass2pay',
    ],
    commit: ['RELEASE SAVEPOINT pass2pay', 'COMMIT'],
    rollback: ['ROLLBACK'],
  },
  // With autocommit off: after an error that has rolled back and was caught, the next statements would be committed one by one.
  mysql: {
    begin: ({ lockTimeoutMs }) => [
      `SET @pass2pay_autocommit = @@SESSION.autocommit, @pass2pay_lock_wait = @@SESSION.innodb_lock_wait_timeout, SESSION innodb_lock_wait_timeout = ${Math.max(1, Math.ceil(lockTimeoutMs / 1000))}, SESSION autocommit = 0`,
      'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
      'START TRANSACTION',
      'SAVEPOINT pass2pay',
    ],
    commit: ['RELEASE SAVEPOINT pass2pay', 'COMMIT', RESTORE],
    rollback: ['ROLLBACK', RESTORE],
  },
  // Takes the lock for writing at once: a transaction that reads first could not write after another one has.
  sqlite: {
    begin: () => ['BEGIN IMMEDIATE', 'SAVEPOINT pass2pay'],
    commit: ['RELEASE SAVEPOINT pass2pay', 'COMMIT'],
    rollback: ['ROLLBACK'],
  },
};
