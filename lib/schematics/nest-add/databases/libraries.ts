import type { SqlDialect } from '../../../database/sql-database.js';
import { drizzle } from './drizzle.js';
import { knex } from './knex.js';
import { kysely } from './kysely.js';
import type { Library, LibraryName } from './library.js';
import { mikroOrm } from './mikro-orm.js';
import { mysql } from './mysql.js';
import { pg } from './pg.js';
import { prisma } from './prisma.js';
import { sequelize } from './sequelize.js';
import { sqlite } from './sqlite.js';
import { typeorm } from './typeorm.js';

/** In detection order: a library that is based on another one comes first. */
export const LIBRARIES: ReadonlyMap<string, Library> = new Map<LibraryName, Library>([
  ['typeorm', typeorm],
  ['prisma', prisma],
  ['mikro-orm', mikroOrm],
  ['sequelize', sequelize],
  ['drizzle', drizzle],
  ['kysely', kysely],
  ['knex', knex],
  ['pg', pg],
  ['mysql', mysql],
  ['sqlite', sqlite],
]);

const DRIVERS: readonly (readonly [sign: string, dialect: SqlDialect])[] = [
  ['pg', 'postgres'],
  ['@mikro-orm/postgresql', 'postgres'],
  ['@prisma/adapter-pg', 'postgres'],
  ['mysql2', 'mysql'],
  ['mariadb', 'mysql'],
  ['@mikro-orm/mariadb', 'mysql'],
  ['@mikro-orm/mysql', 'mysql'],
  ['@prisma/adapter-mariadb', 'mysql'],
  ['better-sqlite3', 'sqlite'],
];

/** The application's library; undefined if it has none of them. */
export function libraryOf(packages: ReadonlySet<string>): string | undefined {
  return [...LIBRARIES].find(([, { signs }]) => signs.some((sign) => packages.has(sign)))?.[0];
}

/** The dialect of a library: its only one, that of the driver in package.json, or PostgreSQL's. */
export function dialectOf({ dialects }: Library, packages: ReadonlySet<string>): SqlDialect {
  const installed = DRIVERS.find(([sign, dialect]) => packages.has(sign) && dialects.includes(dialect));
  return installed?.[1] ?? dialects[0]!;
}
