import { describe, expect, it } from '@jest/globals';
import {
  BrokenTransactionError,
  CommitUnknownError,
  isRefusal,
  NoAnswerError,
  NoConnectionError,
  OpenTransactionError,
  StatementLostError,
} from '../../lib/database/sql-errors.js';

const ofPrisma = (code: string, cause: object) => ({ code, meta: { driverAdapterError: { cause } } });

it.each([
  ['a serialization failure of PostgreSQL', { code: '40001' }],
  ['a deferred constraint, as TypeORM wraps it', { driverError: { code: '23505' } }],
  ['a deadlock of MariaDB', { code: 'ER_LOCK_DEADLOCK', errno: 1213, sqlState: '40001' }],
  [
    'a unique key of PostgreSQL, as Prisma has it',
    ofPrisma('P2002', { originalCode: '23505', kind: 'UniqueConstraintViolation' }),
  ],
  [
    'a deadlock of MariaDB, as Prisma has it',
    ofPrisma('P2034', { originalCode: '1213', kind: 'TransactionWriteConflict' }),
  ],
  ['a lock of SQLite', { code: 'SQLITE_BUSY' }],
  ['a lock of node:sqlite', { code: 'ERR_SQLITE_ERROR', errcode: 5 }],
  ['a statement that PostgreSQL has cancelled', { code: '57014' }],
  ['an exception of a function of PostgreSQL', { code: 'P0001' }],
  ['an error of MariaDB by its SQLSTATE, whatever its code', { code: 'ER_SIGNAL_EXCEPTION', sqlState: '45000' }],
  ['a refusal that two libraries wrap', { cause: { parent: { code: '23505' } } }],
])('takes %s for the database’s own no', (_, error) => expect(isRefusal(error)).toBe(true));

it.each([
  ['pg, which gives no code', new Error('Connection terminated unexpectedly')],
  ['a reset', { code: 'ECONNRESET' }],
  ['a pipe', { code: 'EPIPE', errno: -32, syscall: 'write' }],
  ['PostgreSQL shutting down', { code: '57P01' }],
  ['PostgreSQL’s connection class', { code: '08006' }],
  ['PostgreSQL that is starting', { code: '57P03' }],
  ['a cluster that speaks PostgreSQL’s protocol, which says that the result is unknown', { code: '40003' }],
  ['such a cluster by Prisma', ofPrisma('P2010', { originalCode: '40003' })],
  ['MariaDB by its connection class', { code: 'ER_X', sqlState: '08S01' }],
  ['a library that has a code of its own', { code: 'UNKNOWN_SQLITE_ERROR' }],
  ['a library whose codes are like those of SQLite', { code: 'sqlite_busy', errcode: '5' }],
  ['a library whose codes contain one', { code: '40001 ', sqlState: 'X40001' }],
  ['Prisma, whose driver has a code that is too long', { originalCode: '235050' }],
  ['Prisma, whose driver has a code that begins otherwise', { originalCode: 'x1213' }],
  ['Prisma, whose driver has no server’s number', { originalCode: '9999' }],
  ['mysql2', { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }],
  ['Prisma', ofPrisma('P2010', { kind: 'ConnectionClosed' })],
  ['Prisma, which cannot reach the database', ofPrisma('P1001', { kind: 'DatabaseNotReachable' })],
  ['the package mariadb by Prisma', ofPrisma('P2010', { originalCode: '45009', kind: 'mysql', state: 'HY000' })],
  ['the package mariadb', { code: 'ECONNRESET', errno: -104, sqlState: 'HY000', fatal: true }],
])('cannot tell whether a commit has come to be from the broken connection of %s', (_, error) =>
  expect(isRefusal(error)).toBe(false),
);

describe('an error of the database', () => {
  it.each<[string, () => Error]>([
    ['NoConnectionError', () => new NoConnectionError(300)],
    ['NoAnswerError', () => new NoAnswerError(300)],
    ['BrokenTransactionError', () => new BrokenTransactionError('no')],
    ['OpenTransactionError', () => new OpenTransactionError('of a handler')],
    ['CommitUnknownError', () => new CommitUnknownError(undefined)],
    ['StatementLostError', () => new StatementLostError(undefined)],
  ])('is named %s', (name, make) => expect(make().name).toBe(name));

  it('tells what to do where the pool is empty', () => {
    expect(new NoConnectionError(300).message).toBe(
      'No database connection was free within 300 ms: make the pool larger than databaseLimits.maxConcurrent, or check what holds its connections.',
    );
  });

  it('tells whose transaction is open, and what to do', () => {
    const cause = new Error('busy');
    const error = new OpenTransactionError('of a handler', { cause });
    expect(error.message).toBe(
      "An order must be committed before it is sent to the gateway, but on SQLite it would be part of the transaction of a handler. Create orders before a transaction or after its commit, e.g. in a handler with { after: 'commit' }, or give the module a separate connection.",
    );
    expect(error.cause).toBe(cause);
  });

  it('tells that a commit may have come to be, and why that is not known', () => {
    const cause = new Error('Connection terminated unexpectedly');
    const error = new CommitUnknownError(cause);
    expect(error.message).toBe('The connection was lost before the database confirmed the commit.');
    expect(error.cause).toBe(cause);
    expect(isRefusal(error)).toBe(false);
  });

  it('keeps the code of a lost statement when a library copies its fields', () => {
    expect({ ...new StatementLostError(undefined) }).toMatchObject({ code: 'PASS2PAY_STATEMENT_LOST' });
  });
});
