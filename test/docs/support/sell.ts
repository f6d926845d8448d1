import { randomBytes } from 'node:crypto';
import type { Type } from '@nestjs/common';
import pg from 'pg';
import { CashierService, type Pass2PayOptions } from 'nestjs-pass2pay';
import type { SqlDatabase } from 'nestjs-pass2pay/database';
import { expect } from '@jest/globals';
import { POSTGRES_URL } from '../../support/services.js';
import { ORDER, startShop } from './shop.js';

/** Sells an order with the adapter and the handler of a recipe, which marks it as paid in the table `orders`. */
export async function sellOne(
  { database, Fulfilment }: { database: SqlDatabase; Fulfilment: Type },
  options: Partial<Pass2PayOptions> = {},
): Promise<void> {
  await database.execute('CREATE TABLE orders (no VARCHAR(64) PRIMARY KEY, paid INTEGER NOT NULL)');
  await database.execute('INSERT INTO orders (no, paid) VALUES (?, 0)', ['O1']);
  const { app, gateway } = await startShop(
    { providers: [Fulfilment] },
    { options: { database, ...options, notifyPath: 'pay/notify' } },
  );
  await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
  await gateway.pay('O1');
  expect(await gateway.notifySettled('O1')).toMatchObject({ acknowledged: true });
  const { rows } = await database.execute('SELECT no, paid FROM orders');
  expect(rows.map(({ no, paid }) => [no, Number(paid)])).toEqual([['O1', 1]]);
  await app.close();
}

/** Runs a test with an empty database of PostgreSQL in DATABASE_URL. */
export async function withPostgres(run: () => Promise<void>): Promise<void> {
  const name = `docs_${randomBytes(5).toString('hex')}`;
  const admin = new pg.Client(POSTGRES_URL);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  process.env.DATABASE_URL = new URL(`/${name}`, POSTGRES_URL).href;
  try {
    await run();
  } finally {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
}
