import { randomBytes } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { ensureSchema } from '../../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import { PLACES, type Place } from './places.js';

export interface ShopTables {
  prefix: string;
  /** The merchant's own table, which handlers write to. */
  effects: string;
}

/**
 * Tables of a server that no test uses at present, by dialect. To make them takes the server longer than most tests, and only
 * one process at a time may.
 */
const free: Record<string, ShopTables[]> = { postgres: [], mysql: [] };

/** Empty tables, for one test at a time. */
export async function takeTables({ database }: Place): Promise<ShopTables> {
  const known = free[database.dialect]?.pop();
  if (known !== undefined) return known;
  const prefix = `s${randomBytes(5).toString('hex')}_`;
  const effects = `${prefix}effect`;
  await ensureSchema(database, { prefix });
  await database.execute(`CREATE TABLE ${effects} (no VARCHAR(64), state INTEGER)`);
  return { prefix, effects };
}

export async function giveBackTables({ database }: Place, tables: ShopTables): Promise<void> {
  const { migration: _, ...filled } = tablesOf(tables);
  for (const name of [...Object.values(filled), tables.effects]) await database.execute(`DELETE FROM ${name}`);
  free[database.dialect]?.push(tables);
}

afterAll(async () => {
  for (const { open } of PLACES) {
    const place = open();
    for (const tables of free[place.database.dialect]?.splice(0) ?? []) {
      for (const name of [...Object.values(tablesOf(tables)), tables.effects]) {
        await place.database.execute(`DROP TABLE ${name}`);
      }
    }
    await place.close();
  }
});
