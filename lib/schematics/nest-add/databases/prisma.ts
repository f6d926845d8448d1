import { posix } from 'node:path';
import type { SqlDialect } from '../../../database/sql-database.js';
import type { Library, Setting } from './library.js';
import { sqlText } from './statements.js';

const SCHEMA = '/prisma/schema.prisma';

const ADAPTERS: Readonly<Partial<Record<SqlDialect, { from: string; name: string; options: string }>>> = {
  postgres: {
    from: '@prisma/adapter-pg',
    name: 'PrismaPg',
    options: '{\n            connectionString: process.env.DATABASE_URL,\n          }',
  },
  mysql: { from: '@prisma/adapter-mariadb', name: 'PrismaMariaDb', options: `process.env.DATABASE_URL ?? ''` },
};

export const prisma: Library = {
  signs: ['@prisma/client', 'prisma'],
  dialects: ['postgres', 'mysql'],
  dialectIn: (read) => {
    const provider = /^\s*datasource\s[^}]*?\bprovider\s*=\s*"(\w+)"/m.exec(read(SCHEMA) ?? '')?.[1];
    if (provider === 'postgresql') return 'postgres';
    return provider === 'mysql' ? 'mysql' : undefined;
  },
  notInCommonJsJest: 'the generated client of Prisma imports its TypeScript by names in .js, which Jest does not find',
  packages: ({ dialect }) => [
    { '@prisma/client': '^7.0.0', [ADAPTERS[dialect]!.from]: '^7.0.0' },
    { prisma: '^7.0.0' },
  ],
  adapter: { name: 'prismaDatabase', subpath: 'prisma' },
  connection: (setting) => {
    const { from, name, options } = ADAPTERS[setting.dialect]!;
    return {
      imports: [`import { ${name} } from '${from}';`, `import { PrismaClient } from '${client(setting)}';`],
      token: 'PrismaClient',
      type: 'PrismaClient',
      factory: `() =>
        new PrismaClient({
          adapter: new ${name}(${options}),
        })`,
      close: 'this.connection.$disconnect()',
      isCloseAsync: true,
    };
  },
  handling: (setting) => ({
    imports: [`import type { Prisma } from '${client(setting)}';`],
    tx: 'Prisma.TransactionClient',
    insert: 'await tx.$executeRaw`INSERT INTO pay_fulfilment (mch_order_no, state) VALUES (${mchOrderNo}, ${state})`;',
    isAsync: true,
  }),
  migration: (statements, moment) => [
    { path: `/prisma/migrations/${moment}_pass2pay/migration.sql`, text: sqlText(statements) },
  ],
  apply: 'prisma migrate deploy',
};

/**
 * Where the generated client is imported from.
 *
 * @throws Error where there is no schema.
 */
function client({ read, folder, isEsm }: Setting): string {
  const schema = read(SCHEMA);
  if (schema === undefined) throw new Error('There is no prisma/schema.prisma: run npx prisma init first.');
  const output = /^\s*generator\s[^}]*?\boutput\s*=\s*"([^"]+)"/m.exec(schema)?.[1];
  if (output === undefined) return '@prisma/client';
  const generated = posix.join(posix.dirname(SCHEMA), output, `client${isEsm ? '.js' : ''}`);
  return posix.relative(folder, generated).replace(/^(?!\.)/, './');
}
