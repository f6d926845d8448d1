import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { SqlDialect, SqlStatement } from '../../../lib/database/sql-database.js';
import { BrokenTransactionError, CommitUnknownError, NoAnswerError } from '../../../lib/database/sql-errors.js';
import { LinkedTransaction } from '../../../lib/database/transaction/linked-transaction.js';
import { TxGate } from '../../../lib/database/transaction/tx-gate.js';
import { RecordingLink } from '../support/recording-link.js';

const LIMITS = { connectionTimeoutMs: 1, lockTimeoutMs: 3_000 };
const BEGIN =
  'begin: BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = 3000; SAVEPOINT pass2pay';
const COMMIT = 'commit: RELEASE SAVEPOINT pass2pay; COMMIT';
const ROLLBACK = 'rollback: ROLLBACK';
const LOST = new Error('Connection terminated unexpectedly');
const REFUSED = Object.assign(new Error('deferred constraint'), { code: '23505' });

let clock: Clock;
let link: RecordingLink;
let gate: TxGate;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
  link = new RecordingLink();
  gate = new TxGate('postgres');
});
afterEach(() => clock.uninstall());

const begin = (dialect: SqlDialect = 'postgres', first?: SqlStatement) =>
  LinkedTransaction.begin(link, gate, dialect, LIMITS, first);

/** A begun transaction, whose begin is recorded no more. */
async function begun(dialect?: SqlDialect) {
  const transaction = await begin(dialect);
  link.calls.length = 0;
  return transaction;
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );

describe('a begun transaction', () => {
  it('has the object of the library, and holds its connection', async () => {
    const transaction = await begin();
    expect(transaction.tx).toBe('the transaction of the library');
    expect(transaction.first).toBeUndefined();
    expect(link.calls).toStrictEqual([BEGIN]);
  });

  it('has the result of its first statement if that was run in the same round trip', async () => {
    link.first = { rows: [{ n: 2 }], affected: 0 };
    const transaction = await begin('postgres', { sql: 'SELECT ?', params: [2] });
    expect(transaction.first).toStrictEqual({ rows: [{ n: 2 }], affected: 0 });
    expect(link.calls).toStrictEqual([`${BEGIN}; SELECT ?; 2`]);
  });

  it('runs the statements of the module', async () => {
    const transaction = await begun();
    expect(await transaction.execute('SELECT ?', [1], { isRepeated: true })).toStrictEqual({
      rows: [{ n: 1 }],
      affected: 1,
    });
    expect(link.calls).toStrictEqual(['execute: SELECT ? 1 {"isRepeated":true}']);
    expect(clock.countTimers()).toBe(0);
  });

  it('runs handlers, in the context of the library if it needs one', async () => {
    const transaction = await begun();
    expect(await transaction.runHandlers!(async () => 'done')).toBe('done');
    link.runHandlers = async (handlers) => {
      link.calls.push('context');
      return handlers();
    };
    expect(await transaction.runHandlers!(async () => 'done')).toBe('done');
    expect(link.calls).toStrictEqual(['context']);
  });
});

describe('a begin that fails', () => {
  it('is rolled back, and gives the connection back once', async () => {
    link.fail('begin', REFUSED);
    expect(await errorOf(begin())).toBe(REFUSED);
    expect(link.calls).toStrictEqual([BEGIN, ROLLBACK, 'release']);
    expect(() => gate.check('SELECT 1')).toThrow(BrokenTransactionError);
  });

  it('closes the connection if the rollback fails too', async () => {
    link.fail('begin', LOST);
    link.fail('rollback', LOST);
    expect(await errorOf(begin())).toBe(LOST);
    expect(link.calls).toStrictEqual([BEGIN, ROLLBACK, 'destroy']);
  });

  it('does not end the transaction of the application that is open on SQLite’s connection', async () => {
    const error = new Error('cannot start a transaction within a transaction');
    link.fail('begin', error);
    expect(await errorOf(begin('sqlite'))).toBe(error);
    expect(link.calls).toStrictEqual(['begin: BEGIN IMMEDIATE; SAVEPOINT pass2pay', 'release']);
  });

  it('closes the connection when the database does not respond', async () => {
    link.hang('begin');
    const failed = errorOf(begin());
    await clock.tickAsync(4_999);
    expect(link.calls).toStrictEqual([BEGIN]);
    await clock.tickAsync(1);
    expect(await failed).toBeInstanceOf(NoAnswerError);
    expect(link.calls).toStrictEqual([BEGIN, 'destroy']);
  });
});

describe('a commit', () => {
  it('gives the connection back once', async () => {
    const transaction = await begun();
    await transaction.commit();
    await transaction.rollback();
    expect(link.calls).toStrictEqual([COMMIT, 'release']);
    expect(clock.countTimers()).toBe(0);
  });

  it('closes a connection that does not work any more', async () => {
    const transaction = await begun();
    link.isWorking = false;
    await transaction.commit();
    expect(link.calls).toStrictEqual([COMMIT, 'destroy']);
  });

  it('is the end of the handlers’ statements', async () => {
    const transaction = await begun();
    await transaction.commit();
    expect(() => gate.check('SELECT 1')).toThrow(BrokenTransactionError);
  });

  it('is a rollback when a handler has not awaited a statement', async () => {
    const transaction = await begun();
    void gate.pass('SELECT 1', () => new Promise(() => {}));
    expect(await errorOf(transaction.commit())).toStrictEqual(
      new BrokenTransactionError(
        'Nothing was committed: a handler returned while a statement of its transaction was running: await every statement.',
      ),
    );
    expect(link.calls).toStrictEqual([ROLLBACK, 'release']);
  });

  it('waits for what the library does before an un-awaited statement', async () => {
    const transaction = await begun();
    link.settle = async () => {
      void gate.pass('SELECT 1', () => new Promise(() => {}));
    };
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(link.calls).toStrictEqual([ROLLBACK, 'release']);
  });

  it('that the database refuses throws its error, and is rolled back', async () => {
    const transaction = await begun();
    link.fail('commit', REFUSED);
    expect(await errorOf(transaction.commit())).toBe(REFUSED);
    await transaction.rollback();
    expect(link.calls).toStrictEqual([COMMIT, ROLLBACK, 'release']);
  });

  it('whose connection was lost is unknown', async () => {
    const transaction = await begun();
    link.fail('commit', LOST);
    link.fail('rollback', LOST);
    const error = await errorOf(transaction.commit());
    expect(error).toBeInstanceOf(CommitUnknownError);
    expect((error as Error).message).toBe('The connection was lost before the database confirmed the commit.');
    expect((error as Error).cause).toBe(LOST);
    expect(link.calls).toStrictEqual([COMMIT, ROLLBACK, 'destroy']);
  });

  it('to which the database does not respond is unknown, and its connection closed without another statement', async () => {
    const transaction = await begun();
    link.hang('commit');
    const failed = errorOf(transaction.commit());
    await clock.tickAsync(5_000);
    const error = await failed;
    expect(error).toBeInstanceOf(CommitUnknownError);
    expect((error as Error).cause).toStrictEqual(new NoAnswerError(5_000));
    expect(link.calls).toStrictEqual([COMMIT, 'destroy']);
  });

  it('after a caught error tells the handler’s author what to do', async () => {
    const transaction = await begun();
    const cause = Object.assign(new Error('aborted'), { code: '25P02' });
    link.fail('commit', cause);
    const error = await errorOf(transaction.commit());
    expect(error).toBeInstanceOf(BrokenTransactionError);
    expect((error as Error).message).toBe(
      'Nothing was committed: a statement of a handler failed, and the handler caught the error and continued. Rethrow the error, or run the statement in a savepoint.',
    );
    expect((error as Error).cause).toBe(cause);
    expect(link.calls).toStrictEqual([COMMIT, ROLLBACK, 'release']);
  });

  it('of a transaction that a handler has ended does not claim that nothing was committed', async () => {
    const transaction = await begun();
    const cause = Object.assign(new Error('SAVEPOINT pass2pay does not exist'), { code: 'ER_SP_DOES_NOT_EXIST' });
    link.fail('commit', cause);
    const error = await errorOf(transaction.commit());
    expect(error).toBeInstanceOf(BrokenTransactionError);
    expect((error as Error).message).toBe(
      'The transaction had ended before its commit: a handler caught an error that rolled it back, or ran a statement that ends it. Rethrow such errors, and run no such statement: what was written before it may be committed.',
    );
    expect((error as Error).cause).toBe(cause);
    expect(link.calls).toStrictEqual([COMMIT, ROLLBACK, 'release']);
  });

  it('that the adapter refuses throws the adapter’s error', async () => {
    const transaction = await begun();
    const broken = new BrokenTransactionError('Nothing was committed: a handler left a nested transaction open.');
    link.fail('commit', broken);
    expect(await errorOf(transaction.commit())).toBe(broken);
    expect(link.calls).toStrictEqual([COMMIT, ROLLBACK, 'release']);
  });
});

describe('a rollback', () => {
  it('gives the connection back once, and ends the handlers’ statements', async () => {
    const transaction = await begun();
    await transaction.rollback();
    await transaction.rollback();
    expect(link.calls).toStrictEqual([ROLLBACK, 'release']);
    expect(() => gate.check('SELECT 1')).toThrow(BrokenTransactionError);
  });

  it('gives the connection back once, although another rollback is under way', async () => {
    const transaction = await begun();
    await Promise.all([transaction.rollback(), transaction.rollback()]);
    expect(link.calls.filter((call) => call === 'release')).toHaveLength(1);
  });

  it('never throws: it closes a connection on which it fails', async () => {
    const transaction = await begun();
    link.fail('rollback', LOST);
    await transaction.rollback();
    expect(link.calls).toStrictEqual([ROLLBACK, 'destroy']);
  });

  it('closes a connection that does not respond within two seconds', async () => {
    const transaction = await begun();
    link.hang('rollback');
    const rolledBack = transaction.rollback();
    await clock.tickAsync(1_999);
    expect(link.calls).toStrictEqual([ROLLBACK]);
    await clock.tickAsync(1);
    await rolledBack;
    expect(link.calls).toStrictEqual([ROLLBACK, 'destroy']);
  });

  it('closes a connection at once on which a statement is still running', async () => {
    const transaction = await begun();
    link.hang('execute');
    const failed = errorOf(transaction.execute('SELECT 1'));
    await clock.tickAsync(4_999);
    expect(clock.countTimers()).toBe(1);
    await clock.tickAsync(1);
    expect(await failed).toStrictEqual(new NoAnswerError(5_000));
    await transaction.rollback();
    expect(link.calls).toStrictEqual(['execute: SELECT 1 {}', 'destroy']);
  });

  it('closes a connection that does not work any more', async () => {
    const transaction = await begun();
    link.isWorking = false;
    await transaction.rollback();
    expect(link.calls).toStrictEqual([ROLLBACK, 'destroy']);
  });
});

it('gives statements of SQLite no limit, because they run in this process', async () => {
  const transaction = await begun('sqlite');
  link.hang('execute');
  void transaction.execute('SELECT 1');
  expect(clock.countTimers()).toBe(0);
});
