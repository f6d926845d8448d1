import { expect, it } from '@jest/globals';
import { isRefusal } from '../../lib/database/sql-errors.js';

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
])('takes %s for the database’s own no', (_, error) => expect(isRefusal(error)).toBe(true));

it.each([
  ['pg, which gives no code', new Error('Connection terminated unexpectedly')],
  ['a reset', { code: 'ECONNRESET' }],
  ['a pipe', { code: 'EPIPE', errno: -32, syscall: 'write' }],
  ['PostgreSQL shutting down', { code: '57P01' }],
  ['PostgreSQL’s connection class', { code: '08006' }],
  ['mysql2', { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }],
  ['Prisma', ofPrisma('P2010', { kind: 'ConnectionClosed' })],
  ['Prisma, which cannot reach the database', ofPrisma('P1001', { kind: 'DatabaseNotReachable' })],
  ['the package mariadb by Prisma', ofPrisma('P2010', { originalCode: '45009', kind: 'mysql', state: 'HY000' })],
  ['the package mariadb', { code: 'ECONNRESET', errno: -104, sqlState: 'HY000', fatal: true }],
])('cannot tell whether a commit has come to be from the broken connection of %s', (_, error) =>
  expect(isRefusal(error)).toBe(false),
);
