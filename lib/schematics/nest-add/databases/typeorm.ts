import type { SqlDialect } from '../../../database/sql-database.js';
import type { Library } from './library.js';
import { driverOf, insertFulfilment, KEPT, statementsConstant, timeOf } from './statements.js';

const TYPES: Readonly<Record<SqlDialect, string>> = {
  postgres: `type: 'postgres', url: process.env.DATABASE_URL`,
  mysql: `type: 'mysql', url: process.env.DATABASE_URL`,
  sqlite: `type: 'better-sqlite3', database: process.env.DATABASE_URL ?? ''`,
};

export const typeorm: Library = {
  signs: ['typeorm', '@nestjs/typeorm'],
  dialects: ['postgres', 'mysql', 'sqlite'],
  packages: ({ dialect }) => {
    const [driver, types] = driverOf(dialect);
    return [{ typeorm: '^1.0.0', ...driver }, dialect === 'postgres' ? {} : types];
  },
  provided: {
    sign: /\bTypeOrmModule\.forRoot/,
    importText: `import { TypeOrmModule } from '@nestjs/typeorm';`,
    testModule: ({ dialect }) => {
      const options = TYPES[dialect].replace(/process\.env\.DATABASE_URL( \?\? '')?/, 'url').replace('url: url', 'url');
      return `TypeOrmModule.forRoot({ ${options} })`;
    },
  },
  adapter: { name: 'typeOrmDatabase', subpath: 'typeorm' },
  connection: ({ dialect }) => ({
    imports: [`import { DataSource } from 'typeorm';`],
    token: 'DataSource',
    type: 'DataSource',
    factory: `() =>
        new DataSource({
${TYPES[dialect]
  .split(', ')
  .map((member) => `          ${member},\n`)
  .join('')}        }).initialize()`,
    close: 'this.connection.destroy()',
    isCloseAsync: true,
  }),
  handling: ({ dialect }) => ({
    imports: [`import type { EntityManager } from 'typeorm';`],
    tx: 'EntityManager',
    insert: `await tx.query(
      '${insertFulfilment(dialect)}',
      [mchOrderNo, state],
    );`,
    isAsync: true,
  }),
  // TypeORM orders migrations by the 13 digits at the end of their names.
  migration: (statements, moment) => {
    const at = timeOf(moment);
    return [
      {
        path: `migrations/${at}-pass2pay.ts`,
        text: `import type { MigrationInterface, QueryRunner } from 'typeorm';

${statementsConstant(statements)}
export class Pass2Pay${at} implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await queryRunner.query(statement);
  }

  down(): Promise<void> {
    throw new Error(
      '${KEPT}',
    );
  }
}
`,
      },
    ];
  },
  apply: 'typeorm migration:run, with src/migrations among the migrations of your DataSource',
};
