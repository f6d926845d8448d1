import type { ModuleMetadata } from '@nestjs/common';
import pg from 'pg';
import type { Pass2PayOptions } from 'nestjs-pass2pay';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { pgDatabase } from 'nestjs-pass2pay/database/pg';
import type { TestSandboxOptions } from 'pass2pay-sandbox/testing';
import { withPostgres } from './sell.js';
import { startShop, type Shop } from './shop.js';

/** Runs a test with a shop on PostgreSQL, whose handlers get a PoolClient, and which has the table. */
export async function withPostgresShop(
  {
    table,
    options,
    sandbox,
    ...metadata
  }: ModuleMetadata & { table: string; options?: Partial<Pass2PayOptions>; sandbox?: TestSandboxOptions },
  run: (shop: Shop, pool: pg.Pool) => Promise<void>,
): Promise<void> {
  await withPostgres(async () => {
    const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
    const database = pgDatabase(pool);
    await ensureSchema(database);
    await pool.query(table);
    const shop = await startShop(metadata, {
      options: { ...options, database, notifyPath: 'pay/notify' },
      ...(sandbox && { sandbox }),
    });
    try {
      await run(shop, pool);
    } finally {
      await shop.app.close();
      await pool.end();
    }
  });
}
