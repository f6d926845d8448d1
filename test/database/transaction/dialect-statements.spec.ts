import { describe, expect, it } from '@jest/globals';
import { TRANSACTION } from '../../../lib/database/transaction/dialect-statements.js';

const begin = (dialect: keyof typeof TRANSACTION, lockTimeoutMs: number) =>
  TRANSACTION[dialect].begin({ connectionTimeoutMs: 7, lockTimeoutMs });

const RESTORE = 'SET SESSION innodb_lock_wait_timeout = @pass2pay_lock_wait, SESSION autocommit = @pass2pay_autocommit';

describe('a transaction on PostgreSQL', () => {
  it('is read committed, may write, waits for locks only so long, and has a savepoint', () => {
    expect(begin('postgres', 3_000)).toStrictEqual([
      'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
      'SET LOCAL lock_timeout = 3000',
      'SAVEPOINT pass2pay',
    ]);
  });

  it('never has the lock timeout 0, which would mean without a limit', () => {
    expect(begin('postgres', 0.2)[1]).toBe('SET LOCAL lock_timeout = 1');
    expect(begin('postgres', 1.5)[1]).toBe('SET LOCAL lock_timeout = 2');
  });

  it('commits only if its savepoint still exists', () => {
    expect(TRANSACTION.postgres.commit).toStrictEqual(['RELEASE SAVEPOINT pass2pay', 'COMMIT']);
    expect(TRANSACTION.postgres.rollback).toStrictEqual(['ROLLBACK']);
  });
});

describe('a transaction on MySQL', () => {
  it('saves the settings of the session, turns autocommit off, and has a savepoint', () => {
    expect(begin('mysql', 3_000)).toStrictEqual([
      'SET @pass2pay_autocommit = @@SESSION.autocommit, @pass2pay_lock_wait = @@SESSION.innodb_lock_wait_timeout, SESSION innodb_lock_wait_timeout = 3, SESSION autocommit = 0',
      'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
      'START TRANSACTION',
      'SAVEPOINT pass2pay',
    ]);
  });

  it.each([
    [1, 1],
    [0, 1],
    [1_000, 1],
    [1_001, 2],
  ])('with a lock timeout of %d ms waits for %d whole seconds', (ms, seconds) => {
    expect(begin('mysql', ms)[0]).toContain(`SESSION innodb_lock_wait_timeout = ${seconds}, `);
  });

  it('restores the settings after its commit and after its rollback', () => {
    expect(TRANSACTION.mysql.commit).toStrictEqual(['RELEASE SAVEPOINT pass2pay', 'COMMIT', RESTORE]);
    expect(TRANSACTION.mysql.rollback).toStrictEqual(['ROLLBACK', RESTORE]);
  });
});

it('takes the write lock of SQLite at its begin', () => {
  expect(begin('sqlite', 3_000)).toStrictEqual(['BEGIN IMMEDIATE', 'SAVEPOINT pass2pay']);
  expect(TRANSACTION.sqlite.commit).toStrictEqual(['RELEASE SAVEPOINT pass2pay', 'COMMIT']);
  expect(TRANSACTION.sqlite.rollback).toStrictEqual(['ROLLBACK']);
});
