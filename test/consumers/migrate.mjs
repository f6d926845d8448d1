// Applies the migration that `nest add` has written into the application of this folder, as the library's own tool does; its
// TypeScript runs on a Node that strips types.
//   node migrate.mjs typeorm postgres://…
import assert from 'node:assert/strict';
import { promises as fs, globSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [library, url] = process.argv.slice(2);
const cwd = process.cwd();
/** The packages of the application. */
const require = createRequire(path.join(cwd, 'package.json'));
const isPostgres = url.startsWith('postgres');

/** The one file of a pattern. */
function only(pattern) {
  const files = globSync(pattern, { cwd });
  assert.equal(files.length, 1, `${pattern} is ${files.join(', ') || 'no file'}`);
  return path.join(cwd, files[0]);
}

async function runSql(text) {
  if (isPostgres) {
    const client = new (require('pg').Client)(url);
    await client.connect();
    await client.query(text).finally(() => client.end());
    return;
  }
  const connection = await require('mysql2/promise').createConnection({ uri: url, multipleStatements: true });
  await connection.query(text).finally(() => connection.end());
}

const byFile = async (pattern) => runSql(await fs.readFile(only(pattern), 'utf8'));

const TOOLS = {
  pg: () => byFile('migrations/*.sql'),
  mysql: () => byFile('migrations/*.sql'),
  // `prisma migrate deploy` runs the text of the file, by an engine that the registry does not have.
  prisma: () => byFile('prisma/migrations/*/migration.sql'),
  async typeorm() {
    const migrations = Object.values(await import(pathToFileURL(only('src/migrations/*.ts'))));
    const { DataSource } = require('typeorm');
    const dataSource = await new DataSource({ type: isPostgres ? 'postgres' : 'mysql', url, migrations }).initialize();
    await dataSource.runMigrations();
    await dataSource.destroy();
  },
  async kysely() {
    const { FileMigrationProvider, Kysely, Migrator, MysqlDialect, PostgresDialect } = require('kysely');
    const dialect = isPostgres
      ? new PostgresDialect({ pool: new (require('pg').Pool)({ connectionString: url }) })
      : new MysqlDialect({ pool: require('mysql2').createPool(url) });
    const db = new Kysely({ dialect });
    const provider = new FileMigrationProvider({ fs, path, migrationFolder: path.join(cwd, 'src/migrations') });
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    if (error) throw error;
    await db.destroy();
  },
  async knex() {
    const directory = path.join(cwd, 'src/migrations');
    const knex = require('knex')({ client: isPostgres ? 'pg' : 'mysql2', connection: url, migrations: { directory } });
    await knex.migrate.latest();
    await knex.destroy();
  },
  async drizzle() {
    const driver = isPostgres ? 'node-postgres' : 'mysql2';
    const { drizzle } = require(`drizzle-orm/${driver}`);
    const { migrate } = require(`drizzle-orm/${driver}/migrator`);
    const db = drizzle(url);
    await migrate(db, { migrationsFolder: path.join(cwd, 'drizzle') });
    await db.$client.end();
  },
  async 'mikro-orm'() {
    const { MikroORM } = require(isPostgres ? '@mikro-orm/postgresql' : '@mikro-orm/mariadb');
    const { Migrator } = require('@mikro-orm/migrations');
    const orm = await MikroORM.init({
      clientUrl: url,
      entities: [],
      discovery: { warnWhenNoEntities: false },
      extensions: [Migrator],
      migrations: { path: path.join(cwd, 'src/migrations'), glob: '*.ts', snapshot: false },
    });
    await orm.migrator.up();
    await orm.close();
  },
  async sequelize() {
    const { Sequelize } = require('sequelize');
    const sequelize = new Sequelize(url, { logging: false });
    await require(only('migrations/*pass2pay.{js,cjs}')).up(sequelize.getQueryInterface(), Sequelize);
    await sequelize.close();
  },
};

await TOOLS[library]();
await runSql('SELECT mch_order_no, state FROM pay_fulfilment');
await runSql('UPDATE pass2pay_migration SET version = version');
