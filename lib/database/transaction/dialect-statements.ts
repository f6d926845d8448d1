import type { SqlDialect, SqlLimits } from '../sql-database.js';

/**
 * The statements that begin and end a transaction of the module; an adapter sends each list in as few round trips as
 * possible.
 */
interface TransactionStatements {
  begin(limits: SqlLimits): readonly string[];
  commit: readonly string[];
  rollback: readonly string[];
}

/** Restores the settings of a MySQL connection. */
const RESTORE = 'SET SESSION innodb_lock_wait_timeout = @pass2pay_lock_wait, SESSION autocommit = @pass2pay_autocommit';

/**
 * The savepoint reveals a caught error at the end: PostgreSQL then refuses to release it, and in MySQL and SQLite it
 * was removed with the rolled-back transaction.
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
  // Autocommit is off, because after a caught error that rolled back, the next statements would be committed
  // individually.
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
  // Takes the write lock immediately: a transaction that reads first could not write after another one has.
  sqlite: {
    begin: () => ['BEGIN IMMEDIATE', 'SAVEPOINT pass2pay'],
    commit: ['RELEASE SAVEPOINT pass2pay', 'COMMIT'],
    rollback: ['ROLLBACK'],
  },
};
