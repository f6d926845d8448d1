import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Injectable, type Type } from '@nestjs/common';
import Libsql from 'libsql';
import mysql from 'mysql2/promise';
import pg from 'pg';
import {
  CashierService,
  OnPayment,
  OrderState,
  Pass2PayOrders,
  Pass2PayOutcomes,
  type PaymentOutcome,
} from 'nestjs-pass2pay';
import { checkSchema, type SqlDatabase } from 'nestjs-pass2pay/database';
import { mysqlDatabase } from 'nestjs-pass2pay/database/mysql';
import { pgDatabase } from 'nestjs-pass2pay/database/pg';
import { sqliteDatabase } from 'nestjs-pass2pay/database/sqlite';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { commandsOf, compiled, root, RunDocument } from './support/document.js';
import { checks as mariadbChecks } from './examples/mariadb-database.checks.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/database.md');
const text = readFileSync(join(root, 'docs/database.md'), 'utf8');
const { prepare } = await page.load<{ prepare: (database: SqlDatabase) => Promise<void> }>('function prepare');
const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

interface Adapter<Connection> {
  database: SqlDatabase;
  Fulfilment: Type;
  pool: Connection;
  dataSource: Connection & { initialize(): Promise<unknown>; destroy(): Promise<unknown> };
}

async function load<Connection>(code: string): Promise<Adapter<Connection>> {
  return (await import(pathToFileURL(compiled(code)).href)) as Adapter<Connection>;
}

/** The handler of a block marks an order as paid, in the database that the block opens. */
async function sell({ database, Fulfilment }: Adapter<unknown>): Promise<void> {
  await prepare(database);
  await database.execute('CREATE TABLE orders (no VARCHAR(64) PRIMARY KEY, paid INTEGER NOT NULL)');
  await database.execute('INSERT INTO orders (no, paid) VALUES (?, 0)', ['O1']);
  const { app, gateway } = await startShop(
    { providers: [Fulfilment] },
    { options: { database, notifyPath: 'pay/notify' } },
  );
  await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
  await gateway.pay('O1');
  expect(await gateway.notifySettled('O1')).toMatchObject({ acknowledged: true });
  const { rows } = await database.execute('SELECT no, paid FROM orders');
  expect(rows.map(({ no, paid }) => [no, Number(paid)])).toEqual([['O1', 1]]);
  await app.close();
}

/** What a commit, or the last of the handler's statements, fails with stands in the table of the document. */
async function expectDocumented(database: SqlDatabase, misdeed: (tx: never) => unknown): Promise<void> {
  const transaction = await database.begin(LIMITS);
  const thrown = await Promise.resolve()
    .then(() => misdeed(transaction.tx as never))
    .then(() => transaction.commit())
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  await transaction.rollback();
  expect(thrown).toMatchObject({ name: 'BrokenTransactionError' });
  const [message] = (thrown as Error).message.split(/(?<=\.) /);
  expect(text).toContain(`\`${message}\``);
}

const ofPg = page.take('database/pg');
await describeWhere('PostgreSQL', 'on PostgreSQL', () => {
  const name = `docs_${randomBytes(5).toString('hex')}`;
  const admin = new pg.Pool({ connectionString: POSTGRES_URL, max: 1 });
  let pool: pg.Pool;
  beforeAll(async () => {
    await admin.query(`CREATE DATABASE ${name}`);
    process.env.DATABASE_URL = new URL(`/${name}`, POSTGRES_URL).href;
  });
  afterAll(async () => {
    await pool.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });

  it('the code for pg applies an outcome in the transaction of its handler', async () => {
    const adapter = await load<pg.Pool>(ofPg);
    ({ pool } = adapter);
    await sell(adapter);
  });

  it('what a handler must not do is told in the words of the document', async () => {
    const database = pgDatabase(pool);
    const insert = "INSERT INTO orders (no, paid) VALUES ('O1', 0)";
    await expectDocumented(database, (tx: pg.PoolClient) => tx.query('COMMIT'));
    await expectDocumented(database, (tx: pg.PoolClient) => tx.release());
    await expectDocumented(database, (tx: pg.PoolClient) => tx.query(insert).catch(() => {}));
    await expectDocumented(database, (tx: pg.PoolClient) => {
      void tx.query(insert).catch(() => {});
    });
    const ended = await database.begin(LIMITS);
    await ended.rollback();
    await expectDocumented(database, async () => (ended.tx as pg.PoolClient).query(insert));
  });
});

const ofMysql2 = page.take('database/mysql');
const ofTypeOrm = page.take('database/typeorm');
await describeWhere('MariaDB', 'on MariaDB', () => {
  const name = `docs_${randomBytes(5).toString('hex')}`;
  let admin: mysql.Connection;
  beforeAll(async () => {
    admin = await mysql.createConnection(MARIADB_URL);
    process.env.DATABASE_URL = new URL(`/${name}`, MARIADB_URL).href;
  });
  afterAll(async () => {
    await admin.query(`DROP DATABASE ${name}`);
    await admin.end();
  });
  const anew = () => admin.query(`CREATE OR REPLACE DATABASE ${name}`);

  it('the code for mysql2 applies an outcome in the transaction of its handler', async () => {
    await anew();
    const adapter = await load<mysql.Pool>(ofMysql2);
    await sell(adapter);
    await expectDocumented(mysqlDatabase(adapter.pool), (tx: mysql.PoolConnection) =>
      tx.query('CREATE TABLE more (no INT)'),
    );
    await adapter.pool.end();
  });

  // The example reads the same variable as the tests do.
  for (const { name: what, run } of mariadbChecks) it.concurrent(`the adapter for mariadb ${what}`, run);

  it('the code for TypeORM applies an outcome in the transaction of its handler', async () => {
    await anew();
    const adapter = await load<object>(ofTypeOrm);
    await adapter.dataSource.initialize();
    await sell(adapter);
    await adapter.dataSource.destroy();
  });
});

const ofSqlite = page.take('database/sqlite');
await describeWhere('better-sqlite3', 'on SQLite', () => {
  it('the code for better-sqlite3 applies an outcome in the transaction of its handler', async () => {
    const checkout = process.cwd();
    const folder = mkdtempSync(join(tmpdir(), 'pass2pay-docs-'));
    process.chdir(folder);
    try {
      await sell(await load(ofSqlite));
    } finally {
      process.chdir(checkout);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const { Receipts, Mailer } = await page.load<{ Receipts: Type; Mailer: Type }>('class Receipts');
const renamed = page.take("SET handler = 'Receipts.send'");

it('a receipt is sent after the commit, and its work is tried again under its new name', async () => {
  const database = sqliteDatabase(new Libsql(':memory:'));
  await prepare(database);
  const mails: { id: string; text: string }[] = [];
  const start = (send: () => unknown) => {
    const mailer = { send: async (mail: (typeof mails)[number]) => void (mails.push(mail), send()) };
    const metadata = { providers: [Receipts, { provide: Mailer, useValue: mailer }] };
    const databaseLimits = { maxAttempts: 1, sweepEveryMs: 10 };
    return startShop(metadata, { options: { database, databaseLimits, notifyPath: 'pay/notify' } });
  };
  const listed = async () => {
    const { rows } = await database.execute('SELECT handler, status FROM pass2pay_after_commit');
    return rows.map(({ handler, status }) => [handler, status]);
  };

  const { app, gateway } = await start(() => {
    throw new Error('no such address');
  });
  await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
  await gateway.pay('O1');
  expect(await gateway.notifySettled('O1')).toMatchObject({ acknowledged: true });
  // It waits for the handler, which has begun.
  await app.close();
  await database.execute("UPDATE pass2pay_after_commit SET handler = 'Receipt.mail'");
  expect(await listed()).toEqual([['Receipt.mail', 'dead']]);

  await database.execute(renamed.replace(';', ''));
  const mailbox = new EventEmitter();
  const sent = once(mailbox, 'sent');
  const shop = await start(() => mailbox.emit('sent'));
  await shop.app.get(Pass2PayOutcomes).retry({ handler: 'Receipts.send' });
  await sent;
  await shop.app.close();
  expect(await listed()).toEqual([]);
  const mail = { id: expect.stringMatching(/^payment:.*:2$/), text: 'Order O1 is paid.' };
  expect(mails).toEqual([mail, mail]);
});

const { OpenOrders } = await page.load<{ OpenOrders: Type<{ import: () => Promise<unknown> }> }>('class OpenOrders');

it('an order of the old code is imported, and what was told of it before is handled then', async () => {
  const database = sqliteDatabase(new Libsql(':memory:'));
  await prepare(database);
  const handled = new EventEmitter();
  @Injectable()
  class Fulfilment {
    @OnPayment(OrderState.Success)
    markPaid({ mchOrderNo }: PaymentOutcome) {
      handled.emit('paid', mchOrderNo);
    }
  }
  const { app, gateway } = await startShop(
    { providers: [Fulfilment, OpenOrders] },
    {
      sandbox: { clock: 'stepped' },
      options: { database, databaseLimits: { sweepEveryMs: 10 }, notifyPath: 'pay/notify' },
    },
  );
  await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
  // As if it were of before the module.
  await database.execute('DELETE FROM pass2pay_order');
  await gateway.pay('O1');
  // Until the gateway tells it no more.
  await gateway.advance(900_000);
  expect(await gateway.notifySettled('O1')).toEqual({ acknowledged: false, attempts: 6 });

  const paid = once(handled, 'paid');
  expect(await app.get(OpenOrders).import()).toMatchObject({ mchOrderNo: 'O1', amount: 10031, status: 'created' });
  expect(await paid).toEqual(['O1']);
  const applied = { mchNo: 'M1621873433953', mchOrderNo: 'O2' };
  expect(await app.get(Pass2PayOrders).find(applied)).toMatchObject({ lastApplied: 2 });
});

it('the command prints tables that the module can work with', async () => {
  const [command] = commandsOf(page.take('npx nestjs-pass2pay migration'));
  const [, name, ...words] = command!.replace(/ >.*/, '').split(' ');
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  const run = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, [join(root, bin[name!]!), ...args])).stdout;
  expect(await run(...words)).toContain('CREATE TABLE IF NOT EXISTS pass2pay_outcome');
  const connection = new Libsql(':memory:');
  connection.exec(await run('migration', 'sqlite'));
  await checkSchema(sqliteDatabase(connection));
  connection.close();
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
