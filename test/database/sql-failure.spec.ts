import { describe, expect, it } from '@jest/globals';
import {
  BrokenTransactionError,
  isRefusal,
  isStatementLost,
  NoAnswerError,
  sqlFailure,
  StatementLostError,
} from '../../lib/database/sql-errors.js';

describe('the meaning of an error', () => {
  it.each([
    [
      'rolled-back',
      [
        '40001',
        '40P01',
        'PASS2PAY_STATEMENT_LOST',
        'ER_LOCK_DEADLOCK',
        'ER_CHECKREAD',
        '1213',
        '1020',
        'SQLITE_BUSY_SNAPSHOT',
      ],
    ],
    ['lock-timeout', ['55P03', 'ER_LOCK_WAIT_TIMEOUT', '1205', 'SQLITE_BUSY']],
    ['unique', ['23505', 'ER_DUP_ENTRY', '1062', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']],
    ['missing-table', ['42P01', 'ER_NO_SUCH_TABLE', '1146']],
    ['aborted', ['25P02']],
    ['no-savepoint', ['25P01', '3B001', 'ER_SP_DOES_NOT_EXIST', '1305']],
    ['syntax', ['ER_PARSE_ERROR', 'ER_UNSUPPORTED_PS', '1064', '1295']],
    ['other', ['22001', 'ECONNRESET', 'SQLITE_ERROR']],
  ])('is %s by its code', (failure, codes) => {
    for (const code of codes) expect([code, sqlFailure({ code })]).toStrictEqual([code, failure]);
  });

  it.each([
    [5, 'lock-timeout'],
    [517, 'rolled-back'],
    [1555, 'unique'],
    [2067, 'unique'],
    [1, 'other'],
  ])('%d of node:sqlite is %s', (errcode, failure) => {
    expect(sqlFailure({ code: 'ERR_SQLITE_ERROR', errcode })).toBe(failure);
  });

  it.each([
    ['no such table: t', 'missing-table'],
    ['there is no such table', 'other'],
    ['no such savepoint: pass2pay', 'no-savepoint'],
    ['we have no such savepoint', 'other'],
    ['cannot start a transaction within a transaction', 'open-transaction'],
    ['SQLite: cannot start a transaction within a transaction', 'open-transaction'],
    ['cannot start a transaction within a transaction today', 'other'],
  ])('“%s” of SQLite is %s', (message, failure) => {
    expect(sqlFailure({ code: 'SQLITE_ERROR', message })).toBe(failure);
  });

  it.each([
    ['TypeORM', { driverError: { code: '23505' } }],
    ['Sequelize', { parent: { code: '23505' } }],
    ['Prisma', { code: 'P2002', meta: { driverAdapterError: { cause: { originalCode: '23505' } } } }],
    ['the standard', { cause: { cause: { code: '23505' } } }],
  ])('is found in an error that %s wraps', (_, error) => expect(sqlFailure(error)).toBe('unique'));

  it('is found where the metadata of an error say nothing of the driver', () => {
    for (const meta of [undefined, null, { modelName: 'Order' }]) {
      expect(sqlFailure({ code: 'P2002', meta, cause: { code: '23505' } })).toBe('unique');
    }
  });

  it('is by the driver’s code rather than by the library’s', () => {
    expect(sqlFailure({ code: '40001', originalCode: '23505' })).toBe('unique');
    expect(sqlFailure({ driverError: { code: '23505' }, parent: { code: '40001' } })).toBe('unique');
    expect(sqlFailure({ parent: { code: '23505' }, cause: { code: '40001' } })).toBe('unique');
    expect(sqlFailure({ meta: { driverAdapterError: { code: '23505' } }, cause: { code: '40001' } })).toBe('unique');
  });

  it('is that of the outermost error that has one', () => {
    expect(sqlFailure({ code: '40001', cause: { code: '23505' } })).toBe('rolled-back');
  });

  it('is looked for in five errors at most, so that an error that causes itself ends', () => {
    const wrapped = (depth: number): object => (depth === 0 ? { code: '23505' } : { cause: wrapped(depth - 1) });
    expect(sqlFailure(wrapped(4))).toBe('unique');
    expect(sqlFailure(wrapped(5))).toBe('other');
    const own: { cause?: unknown } = {};
    own.cause = own;
    expect(sqlFailure(own)).toBe('other');
  });

  it.each([null, undefined, 'text', 7])('of %j is unknown', (error) => {
    expect(sqlFailure(error)).toBe('other');
    expect(isRefusal(error)).toBe(false);
  });
});

describe('a prepared statement is lost', () => {
  it.each(['26000', '42P05', '0A000'])('by %s, and the transaction may be rerun', (code) => {
    const lost = { driverError: { code } };
    expect(isStatementLost(lost)).toBe(true);
    const error = new StatementLostError(lost);
    expect(sqlFailure(error)).toBe('rolled-back');
    expect(error.cause).toBe(lost);
    expect(error.name).toBe('StatementLostError');
    expect(error.message).toBe('A prepared statement was lost; statements are no longer prepared.');
  });

  it('but not by another error', () => expect(isStatementLost({ code: '42601' })).toBe(false));
});

it.each([
  [true, { originalCode: '1305' }],
  [true, { originalCode: '3024' }],
  [true, { originalCode: '4031' }],
  [false, { originalCode: '2013' }],
  [false, { originalCode: '45028' }],
  [false, { originalCode: '08006' }],
  [false, { originalCode: '57P01' }],
  [false, { code: 'P2034' }],
  [false, { code: 'HY000' }],
  [false, { code: 'x23505' }],
  [false, { code: '235050' }],
])('takes it for a refusal of the database: %j, %j', (is, error) => expect(isRefusal(error)).toBe(is));

it('has a code that survives when a library copies the fields of an error', () => {
  const { name, code } = new BrokenTransactionError('no');
  expect({ name, code }).toStrictEqual({ name: 'BrokenTransactionError', code: 'PASS2PAY_BROKEN_TRANSACTION' });
});

it('tells how long the database did not respond, in whole ms', () => {
  expect(new NoAnswerError(1_234.2).message).toBe(
    'The database did not respond within 1235 ms: check whether it is overloaded or unreachable.',
  );
});
