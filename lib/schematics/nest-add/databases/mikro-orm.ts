import type { Library, Setting } from './library.js';
import { statementsConstant } from './statements.js';

export const mikroOrm: Library = {
  signs: ['@mikro-orm/core', '@mikro-orm/postgresql', '@mikro-orm/mariadb', '@mikro-orm/mysql'],
  dialects: ['postgres', 'mysql'],
  packages: (setting) => [
    { '@mikro-orm/core': '^6.6.0', '@mikro-orm/migrations': '^6.6.0', [driver(setting)]: '^6.6.0' },
    {},
  ],
  adapter: { name: 'mikroOrmDatabase', subpath: 'mikro-orm' },
  connection: (setting) => ({
    imports: [`import { MikroORM } from '${driver(setting)}';`],
    token: 'MikroORM',
    type: 'MikroORM',
    factory: `() =>
        MikroORM.init({
          clientUrl: process.env.DATABASE_URL,
          entities: [],
          discovery: { warnWhenNoEntities: false },
        })`,
    close: 'this.connection.close()',
    isCloseAsync: true,
  }),
  handling: (setting) => ({
    imports: [`import type { EntityManager } from '${driver(setting)}';`],
    tx: 'EntityManager',
    insert: `await tx.execute(
      'INSERT INTO pay_fulfilment (mch_order_no, state) VALUES (?, ?)',
      [mchOrderNo, state],
    );`,
    isAsync: true,
  }),
  migration: (statements, moment) => [
    {
      path: `migrations/Migration${moment}_pass2pay.ts`,
      text: `import { Migration } from '@mikro-orm/migrations';

${statementsConstant(statements)}
export class Migration${moment}_pass2pay extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}
`,
    },
  ],
  apply: 'mikro-orm migration:up, with src/migrations as its path',
};

function driver({ dialect, packages }: Setting): string {
  if (dialect === 'postgres') return '@mikro-orm/postgresql';
  return packages.has('@mikro-orm/mysql') ? '@mikro-orm/mysql' : '@mikro-orm/mariadb';
}
