import type { Library } from './library.js';
import { driverOf, insertFulfilment, PG_POOL, sqlText } from './statements.js';

export const pg: Library = {
  signs: ['pg'],
  dialects: ['postgres'],
  packages: () => driverOf('postgres'),
  adapter: { name: 'pgDatabase', subpath: 'pg' },
  connection: () => ({
    ...PG_POOL,
    token: 'Pool',
    type: 'Pool',
    close: 'this.connection.end()',
    isCloseAsync: true,
  }),
  handling: () => ({
    imports: [`import type { PoolClient } from 'pg';`],
    tx: 'PoolClient',
    insert: `await tx.query(
      '${insertFulfilment('postgres')}',
      [mchOrderNo, state],
    );`,
    isAsync: true,
  }),
  migration: (statements) => [{ path: '/migrations/pass2pay.sql', text: sqlText(statements) }],
  apply: 'psql "$DATABASE_URL" -f migrations/pass2pay.sql, or your migration tool',
};
