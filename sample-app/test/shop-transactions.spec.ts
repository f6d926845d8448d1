import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConfigService } from '@nestjs/config';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ShopEffect } from '../src/books/shop-effect.entity.js';
import { ShopTransactions } from '../src/books/shop-transactions.js';
import { databaseOptions } from '../src/database.config.js';
import { sqliteDatabase, type TestDatabase } from './support/databases.js';

describe('the shop’s transactions on SQLite', () => {
  let files: TestDatabase;
  let database: DataSource;

  beforeEach(async () => {
    files = await sqliteDatabase();
    const options = databaseOptions(new ConfigService(files.environment));
    database = await new DataSource({ ...(options as DataSourceOptions), entities: [ShopEffect] }).initialize();
  });

  afterEach(async () => {
    await database.destroy();
    await files.drop();
  });

  const effect = (idempotencyKey: string) => ({
    idempotencyKey,
    mchOrderNo: 'S1',
    what: 'paid' as const,
    at: new Date(),
  });

  test('one that is undone takes no other with it, though all share one connection', async () => {
    const transactions = new ShopTransactions(database);
    const told: string[] = [];
    let fail!: () => void;
    const failing = new Promise<void>((resolve) => {
      fail = resolve;
    });
    const undone = transactions.run(async (books) => {
      await books.insert(ShopEffect, effect('undone'));
      told.push('inserted');
      await failing;
      told.push('fails');
      throw new Error('the handler fails');
    });
    const kept = transactions.run((books) => {
      told.push('its turn');
      return books.insert(ShopEffect, effect('kept'));
    });
    // One that did not wait for its turn would have had it by now.
    for (let turn = 0; turn < 100; turn += 1) await nextTurn();
    fail();
    await expect(undone).rejects.toThrow('the handler fails');
    await kept;
    expect(told).toEqual(['inserted', 'fails', 'its turn']);
    expect((await database.getRepository(ShopEffect).find()).map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      'kept',
    ]);
  });
});
