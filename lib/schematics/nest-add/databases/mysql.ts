import type { Library } from './library.js';
import { driverOf, insertFulfilment, sqlText } from './statements.js';

export const mysql: Library = {
  signs: ['mysql2'],
  dialects: ['mysql'],
  packages: () => driverOf('mysql'),
  adapter: { name: 'mysqlDatabase', subpath: 'mysql' },
  connection: () => ({
    imports: [`import { createPool, type Pool } from 'mysql2/promise';`],
    exports: `export const POOL = Symbol('POOL');\n`,
    token: 'POOL',
    type: 'Pool',
    factory: `() => createPool(process.env.DATABASE_URL ?? '')`,
    close: 'this.connection.end()',
    isCloseAsync: true,
  }),
  handling: () => ({
    imports: [`import type { PoolConnection } from 'mysql2/promise';`],
    tx: 'PoolConnection',
    insert: `await tx.execute(
      '${insertFulfilment('mysql')}',
      [mchOrderNo, state],
    );`,
    isAsync: true,
  }),
  migration: (statements) => [{ path: '/migrations/pass2pay.sql', text: sqlText(statements) }],
  apply: 'mariadb <database> < migrations/pass2pay.sql, or your migration tool',
};
