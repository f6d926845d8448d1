/** Limits of a transaction, and what the module sends to PostgreSQL at the begin and the commit of one that has them. */
export const LIMITS = { connectionTimeoutMs: 10_000, lockTimeoutMs: 3_000 };
export const BEGIN =
  'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = 3000; SAVEPOINT pass2pay';
export const COMMIT = 'RELEASE SAVEPOINT pass2pay; COMMIT';
