import type { Library, Setting } from './library.js';
import { insertFulfilment, sqlText } from './statements.js';

export const sqlite: Library = {
  signs: ['better-sqlite3', 'libsql'],
  dialects: ['sqlite'],
  packages: (setting) =>
    driver(setting) === 'libsql'
      ? [{ libsql: '^0.5.0' }, {}]
      : [{ 'better-sqlite3': '^12.0.0' }, { '@types/better-sqlite3': '^7.6.0' }],
  adapter: { name: 'sqliteDatabase', subpath: 'sqlite' },
  connection: (setting) => ({
    imports: [`import Database from '${driver(setting)}';`],
    exports: `// Only for the module: your statements on it would be part of its transactions.\nexport const CONNECTION = Symbol('CONNECTION');\n`,
    token: 'CONNECTION',
    type: 'Database.Database',
    factory: `() => new Database(process.env.DATABASE_URL ?? 'shop.db')`,
    close: 'this.connection.close()',
    isCloseAsync: false,
  }),
  handling: (setting) => ({
    imports: [`import type Database from '${driver(setting)}';`],
    tx: 'Database.Database',
    insert: `tx.prepare(
      '${insertFulfilment('sqlite')}',
    ).run(mchOrderNo, state);`,
    isAsync: false,
  }),
  migration: (statements) => [{ path: '/migrations/pass2pay.sql', text: sqlText(statements) }],
  apply: 'sqlite3 shop.db < migrations/pass2pay.sql, or your migration tool',
};

/** libsql has prebuilt binaries and is the default. */
function driver({ packages }: Setting): 'better-sqlite3' | 'libsql' {
  return packages.has('better-sqlite3') ? 'better-sqlite3' : 'libsql';
}
