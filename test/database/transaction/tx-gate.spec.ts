import { describe, expect, it } from '@jest/globals';
import { BrokenTransactionError } from '../../../lib/database/sql-errors.js';
import { TxGate } from '../../../lib/database/transaction/tx-gate.js';

const refused = (words: string) =>
  new BrokenTransactionError(
    `This statement was not run: a handler ran ${words}, which ends the transaction of the outcome.`,
  );

describe('a statement that ends the transaction', () => {
  it.each([
    ['commit', 'COMMIT'],
    ['COMMIT', 'COMMIT'],
    ['END', 'END'],
    ['abort', 'ABORT'],
    ['ROLLBACK', 'ROLLBACK'],
    ['rollback work', 'ROLLBACK WORK'],
    ['rollback transaction', 'ROLLBACK TRANSACTION'],
    ['begin', 'BEGIN'],
    ['start  transaction', 'START TRANSACTION'],
    ['XA END', 'XA END'],
    ["PREPARE TRANSACTION 'one'", 'PREPARE TRANSACTION'],
    ['; COMMIT', 'COMMIT'],
    ['/*!50000 COMMIT */', 'COMMIT */'],
    ['/*M!100100 COMMIT */', 'COMMIT */'],
    ['SET STATEMENT max_statement_time=5 FOR COMMIT', 'COMMIT'],
    ['  \n COMMIT AND CHAIN', 'COMMIT AND'],
    ['-- done\nCOMMIT', 'COMMIT'],
    ['# done\nCOMMIT', 'COMMIT'],
    ['/* done\n */ COMMIT', 'COMMIT'],
    ['-- one\n/* two */ -- three\n(COMMIT', 'COMMIT'],
  ])('is not run: %j', (sql, words) => {
    for (const dialect of ['postgres', 'mysql', 'sqlite'] as const) {
      let hasRun = false;
      const run = () => (hasRun = true);
      expect(() => new TxGate(dialect).pass(sql, run)).toThrow(refused(words));
      expect(hasRun).toBe(false);
    }
  });

  it.each([
    'ROLLBACK TO pass',
    'rollback to savepoint pass',
    'ROLLBACK WORK TO pass',
    'ROLLBACK  TRANSACTION  TO pass',
    'SAVEPOINT pass',
    'PREPARE insert_note AS INSERT INTO t VALUES ($1)',
    'SET STATEMENT max_statement_time=5 FOR SELECT 1',
    '/*!50000 SELECT 1 */',
    'SELECT 1',
    'UPDATE t SET note = 1 -- COMMIT',
    'endpoints',
    'beginning',
    'started transaction',
    '',
  ])('is not taken for one: %j', (sql) => {
    expect(new TxGate('postgres').pass(sql, () => 'run')).toBe('run');
  });
});

describe('a statement with an implicit commit', () => {
  it.each([
    ['CREATE TABLE t (no INT)', 'CREATE TABLE'],
    ['drop table t', 'DROP TABLE'],
    ['ALTER TABLE t ADD no INT', 'ALTER TABLE'],
    ['TRUNCATE t', 'TRUNCATE T'],
    ['RENAME TABLE t TO u', 'RENAME TABLE'],
    ['GRANT SELECT ON t TO u', 'GRANT SELECT'],
    ['REVOKE SELECT ON t FROM u', 'REVOKE SELECT'],
    ['LOCK  TABLES t WRITE', 'LOCK TABLES'],
    ['UNLOCK  TABLES', 'UNLOCK TABLES'],
    ['SET autocommit = 1', 'SET AUTOCOMMIT'],
    ['SET  @@autocommit = 1', 'SET @@AUTOCOMMIT'],
    ['SET SESSION  autocommit = 1', 'SET SESSION'],
    ['SET LOCAL  autocommit = 1', 'SET LOCAL'],
    ['SET SESSION @@autocommit = 1', 'SET SESSION'],
    ['ANALYZE TABLE t', 'ANALYZE TABLE'],
    ['OPTIMIZE TABLE t', 'OPTIMIZE TABLE'],
    ['FLUSH TABLES', 'FLUSH TABLES'],
    ['SET @@session.autocommit = 1', 'SET @@SESSION.AUTOCOMMIT'],
    ['SET @x = 1, autocommit = 1', 'SET @X'],
    ['LOCK TABLE t WRITE', 'LOCK TABLE'],
    ['UNLOCK TABLE', 'UNLOCK TABLE'],
    ['CHECK TABLE t', 'CHECK TABLE'],
    ['REPAIR TABLE t', 'REPAIR TABLE'],
    ['CACHE INDEX t IN hot', 'CACHE INDEX'],
    ['LOAD INDEX INTO CACHE t', 'LOAD INDEX'],
    ["SET PASSWORD = 'x'", 'SET PASSWORD'],
    ['RESET QUERY CACHE', 'RESET QUERY'],
    ["INSTALL SONAME 'x'", 'INSTALL SONAME'],
    ["UNINSTALL SONAME 'x'", 'UNINSTALL SONAME'],
    ['CREATE OR REPLACE TABLE t (no INT)', 'CREATE OR'],
  ])('is not run on MySQL, but on others: %j', (sql, words) => {
    expect(() => new TxGate('mysql').check(sql)).toThrow(refused(words));
    expect(() => new TxGate('postgres').check(sql)).not.toThrow();
    expect(() => new TxGate('sqlite').check(sql)).not.toThrow();
  });

  it.each([
    'CREATE TEMPORARY TABLE t (no INT)',
    'CREATE OR REPLACE TEMPORARY TABLE t (no INT)',
    'DROP  temporary  TABLE t',
    'DROP temporary TABLE t',
    "SET @note = 'autocommit'",
    'LOAD DATA LOCAL INFILE ? INTO TABLE t',
    'SET @autocommit_ = 1',
    'SET @autocommit = 1',
    'SET NAMES utf8mb4',
  ])('is not taken for one on MySQL: %j', (sql) => expect(() => new TxGate('mysql').check(sql)).not.toThrow());
});

describe('the end of a transaction', () => {
  it('may be a commit when every statement was awaited', async () => {
    const gate = new TxGate('postgres');
    await gate.pass('SELECT 1', async () => {});
    gate.pass('SELECT 1', () => null);
    gate.pass(undefined, () => undefined);
    expect(gate.close()).toBeUndefined();
  });

  it('may be a commit after a statement that failed and was awaited', async () => {
    const gate = new TxGate('postgres');
    await expect(gate.pass('SELECT 1', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(gate.close()).toBeUndefined();
  });

  it('must not be a commit while one of several statements is running', async () => {
    const gate = new TxGate('postgres');
    await gate.pass('SELECT 1', async () => {});
    void gate.pass('SELECT 2', () => new Promise(() => {}));
    expect(gate.close()).toBe(
      'a handler returned while a statement of its transaction was running: await every statement',
    );
  });

  it('must not be a commit after a refused statement, even if the handler caught its error', () => {
    const gate = new TxGate('postgres');
    expect(() => gate.check('COMMIT')).toThrow();
    expect(() => gate.check('ROLLBACK')).toThrow();
    expect(gate.close()).toBe('a handler ran COMMIT, which ends the transaction of the outcome');
  });

  it('is the end of its statements', () => {
    const gate = new TxGate('postgres');
    gate.close();
    let hasRun = false;
    expect(() => gate.pass('SELECT 1', () => (hasRun = true))).toThrow(
      new BrokenTransactionError(
        'A handler used its transaction after its end: await every statement before the handler returns.',
      ),
    );
    expect(() => gate.check(undefined)).toThrow(BrokenTransactionError);
    expect(hasRun).toBe(false);
    expect(gate.close()).toBeUndefined();
  });

  it('has already come when the library reports that an error has rolled it back', () => {
    let isAlive = true;
    const gate = new TxGate('sqlite', () => isAlive);
    gate.check('SELECT 1');
    isAlive = false;
    const offence = 'a handler continued after an error that rolled its transaction back: rethrow such errors';
    expect(() => gate.check('SELECT 1')).toThrow(new BrokenTransactionError(`This statement was not run: ${offence}.`));
    expect(gate.close()).toBe(offence);
  });
});

it('returns what the statement returns, also where it is synchronous', () => {
  const gate = new TxGate('sqlite');
  const promise = Promise.resolve(1);
  expect(gate.pass('SELECT 1', () => 42)).toBe(42);
  expect(gate.pass('SELECT 1', () => promise)).toBe(promise);
});
