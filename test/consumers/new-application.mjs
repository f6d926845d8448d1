import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { run } from '../../scripts/commands.mjs';

const migrate = fileURLToPath(new URL('migrate.mjs', import.meta.url));

/** The servers, as for all tests. */
const SERVERS = {
  postgres: process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  mysql: process.env.TEST_MARIADB_URL ?? 'mysql://root@127.0.0.1:3306/test',
};

/**
 * Has the schematics of Nest write an application, and `nest add` put the module into it, twice: what comes out compiles, passes
 * its linter and prettier, has a migration that the library's own tool applies, passes its test on each Node, and is the same
 * after the second time.
 *
 * @param application of newApplicationsFor
 * @param surroundings.consumer the folder whose packages it has
 * @param surroundings.name the package to add
 */
export async function newApplication(application, { consumer, name, binaries, cell }) {
  const { flags, database, nodes, add: addNode, linter } = application;
  const { library, dialect } = database;
  const label = `${application.name} with ${library}${dialect === 'mysql' && library !== 'mysql' ? ' on MariaDB' : ''}`;
  const cwd = join(consumer, label.replaceAll(/[^\w]+/g, '-').toLowerCase());
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd);
  const shop = join(cwd, 'shop');
  const onNode = async (version) => {
    const node = await binaries.get(version);
    // What npm starts is to run on the same Node.
    return { node, env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` } };
  };
  const { node, env } = await onNode(addNode);
  const tool = (script, args, where = shop, variables = {}) =>
    run(node, [join(consumer, 'node_modules', script), ...args], { cwd: where, env: { ...env, ...variables } });
  const schematic = (args, where) => tool('@angular-devkit/schematics-cli/bin/schematics.js', args, where);
  // What `nest add` of the Nest CLI runs once it has installed the package.
  const options = ['--source-root=src', '--skip-install', '--no-dry-run', `--database=${library}`];
  const add = () => schematic([`${name}:nest-add`, ...options, ...(dialect ? [`--dialect=${dialect}`] : [])]);

  await cell(`${label}: nest add ${name}`, async () => {
    const asked = ['--name=shop', '--language=ts', '--no-dry-run', ...flags];
    await schematic(['@nestjs/schematics:application', ...asked], cwd);
    // In place of an installation.
    symlinkSync(join(consumer, 'node_modules'), join(shop, 'node_modules'));
    if (library === 'prisma')
      await withPrisma(shop, dialect, (args) => tool('prisma/build/index.js', args, shop, PRISMA_ENVIRONMENT));
    await add();
  });
  await cell(`${label}: compiles`, () => tool('typescript/bin/tsc', ['--noEmit', '-p', shop]));
  // Prisma's generator has its own style.
  const lint = [...linter.slice(1), ...(library === 'prisma' ? ['--ignore-pattern', 'src/generated'] : [])];
  await cell(`${label}: passes its linter`, () => tool(linter[0], lint));
  await cell(`${label}: is as prettier formats it`, () =>
    tool('prettier/bin/prettier.cjs', ['--check', 'src/pay', 'src/migrations/*.ts', '--no-error-on-unmatched-pattern']),
  );
  await cell(`${label}: is the same after a second nest add`, async () => {
    const before = textsOf(shop);
    await add();
    assert.deepEqual(textsOf(shop), before);
  });
  const isTested = existsSync(join(shop, 'src', 'pay', 'pay.module.spec.ts'));
  if (!isTested) {
    await cell(`${label}: has no test, as docs/nest-add.md says`, async () =>
      assert.ok(library === 'prisma' && !flags.includes('--type=esm')),
    );
    return;
  }
  await withDatabase(dialect, async (url) => {
    if (url !== undefined) {
      await cell(`${label}: has a migration that can be applied`, async () =>
        run(await binaries.get('26'), [migrate, library, url], { cwd: shop }),
      );
    }
    for (const version of nodes) {
      await cell(`${label}: passes the generated test on Node ${version}`, async () => {
        const on = await onNode(version);
        const { stdout, stderr } = await run('npm', ['test'], {
          cwd: shop,
          env: { ...on.env, NO_COLOR: '1', ...(url && { TEST_DATABASE_URL: url }) },
        });
        assert.match(stdout + stderr, /Tests:? +2 passed/, 'a test was skipped');
      });
    }
  });
}

/** Prisma asks for an engine, which only its migrations need. */
const PRISMA_ENVIRONMENT = { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', PRISMA_HIDE_UPDATE_MESSAGE: '1' };

/** What `prisma init` writes, and the client. */
async function withPrisma(shop, dialect, prisma) {
  const provider = dialect === 'postgres' ? 'postgresql' : dialect;
  mkdirSync(join(shop, 'prisma'));
  const generator = 'generator client {\n  provider = "prisma-client"\n  output   = "../src/generated/prisma"\n}\n';
  writeFileSync(
    join(shop, 'prisma', 'schema.prisma'),
    `${generator}\ndatasource db {\n  provider = "${provider}"\n}\n`,
  );
  await prisma(['generate']);
}

/** Runs with the URL of an empty database, where there is a server to it. */
async function withDatabase(dialect, work) {
  if (dialect === undefined) return work(undefined);
  const name = `consumers_${randomBytes(5).toString('hex')}`;
  await onServer(dialect, `CREATE DATABASE ${name}`);
  try {
    return await work(new URL(`/${name}`, SERVERS[dialect]).href);
  } finally {
    await onServer(dialect, `DROP DATABASE ${name}${dialect === 'postgres' ? ' WITH (FORCE)' : ''}`);
  }
}

async function onServer(dialect, sql) {
  if (dialect === 'postgres') {
    const client = new pg.Client(SERVERS.postgres);
    await client.connect();
    await client.query(sql).finally(() => client.end());
    return;
  }
  const connection = await mysql.createConnection(SERVERS.mysql);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

/** All files of an application, by path, without what tools keep there. */
function textsOf(cwd) {
  const files = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  const own = paths.filter((path) => !/[\\/](node_modules|dist)[\\/]/.test(path.slice(cwd.length)));
  return Object.fromEntries(own.map((path) => [path, readFileSync(path, 'utf8')]));
}
