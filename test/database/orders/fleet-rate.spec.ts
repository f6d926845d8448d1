import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FleetRate } from '../../../lib/database/orders/fleet-rate.js';
import type { SqlDialect } from '../../../lib/database/sql-database.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction } from '../support/scripted-transaction.js';
import { WatchedDatabase } from '../support/watched-database.js';

const NOW = 1_000_000;
/** One slot in 100 ms. */
const PER_MINUTE = 600;

let shop: MemoryTables;
beforeEach(async () => {
  shop = await MemoryTables.open();
});
afterEach(() => shop.close());

/** The rate of an instance whose database has the time NOW. */
const open = (perMinute = PER_MINUTE, instance = '') =>
  new FleetRate('sqlite', shop.tables, instance, perMinute, () => ({ sql: '?', params: [NOW] }));
/** The slots of a rate that are free when its next slot is so many ms ahead. */
async function freeSlots(aheadMs: number, perMinute = PER_MINUTE) {
  await shop.insert('rate', { instance: '', next_at: NOW + aheadMs });
  return open(perMinute).lock(shop.database);
}

describe('the row of a rate', () => {
  it('is inserted with all slots free, once for each instance', async () => {
    await open().prepare(shop.database);
    await open(PER_MINUTE, 'second').prepare(shop.database);
    expect(await shop.rows('rate')).toStrictEqual([
      { instance: '', next_at: 0 },
      { instance: 'second', next_at: 0 },
    ]);
  });

  it('stays as another process has left it', async () => {
    await shop.insert('rate', { instance: '', next_at: NOW });
    await open().prepare(shop.database);
    expect(await shop.row('rate')).toStrictEqual({ instance: '', next_at: NOW });
  });

  it('is inserted by one statement of a process, unless that has failed', async () => {
    const rate = open();
    const database = new WatchedDatabase(shop.database);
    const error = new Error('connection lost');
    database.fail(/INSERT/, error);
    await expect(rate.prepare(database)).rejects.toBe(error);
    await rate.prepare(database);
    expect(await shop.rows('rate')).toHaveLength(1);
    database.fail(/INSERT/, error);
    await rate.prepare(database);
  });

  it('is inserted again where the table was emptied', async () => {
    const rate = open();
    await rate.prepare(shop.database);
    await shop.database.execute(`DELETE FROM ${shop.tables.rate}`);
    const free = await rate.lock(shop.database);
    expect(free).toMatchObject({ firstAt: NOW, count: 51 });
    await rate.use(shop.database, free, 1);
    await rate.prepare(shop.database);
    expect(await shop.row('rate')).toStrictEqual({ instance: '', next_at: 0 });
  });

  it('is not inserted again after slots were taken', async () => {
    const rate = open();
    const database = new WatchedDatabase(shop.database);
    await rate.prepare(database);
    await rate.use(database, await rate.lock(database), 1);
    database.fail(/INSERT/, new Error('a second insert'));
    await rate.prepare(database);
  });
});

describe('the free slots of a rate', () => {
  it('are those of five seconds at first', async () => {
    expect(await freeSlots(-NOW)).toStrictEqual({ now: NOW, count: 51, firstAt: NOW, freeInMs: 0 });
  });

  it.each([
    ['begin now if the last one is past', -1, 51, NOW, 0],
    ['begin now if the next one is due', 0, 51, NOW, 0],
    ['begin after the taken ones', 1, 50, NOW + 1, 0],
    ['are fewer if many are taken', 4_801, 2, NOW + 4_801, 0],
    ['are two up to one interval before the limit', 4_900, 2, NOW + 4_900, 0],
    ['are one after that', 4_901, 1, NOW + 4_901, 0],
    ['are one at the limit', 5_000, 1, NOW + 5_000, 0],
    ['are none beyond it', 5_001, 0, NOW + 5_001, 1],
    ['are none for an interval at most', 5_100, 0, NOW + 5_100, 100],
    ['are free after an interval although the clock was set back', 3_600_000, 0, NOW + 5_100, 100],
  ])('%s', async (_, aheadMs, count, firstAt, freeInMs) => {
    expect(await freeSlots(aheadMs)).toStrictEqual({ now: NOW, count, firstAt, freeInMs });
  });

  it.each([
    ['this and the next one', -NOW, 2, NOW, 0],
    ['only the next one', 1, 1, NOW + 1, 0],
    ['the next one a minute ahead', 60_000, 1, NOW + 60_000, 0],
    ['none further ahead', 60_001, 0, NOW + 60_001, 1],
    ['none for a minute at most', 3_600_000, 0, NOW + 120_000, 60_000],
  ])('of one query per minute are %s', async (_, aheadMs, count, firstAt, freeInMs) => {
    expect(await freeSlots(aheadMs, 1)).toStrictEqual({ now: NOW, count, firstAt, freeInMs });
  });

  it('come in whole ms, although the interval is a fraction', async () => {
    expect(open(7_000).intervalMs).toBeCloseTo(8.571, 3);
    expect(await freeSlots(3_600_000, 7_000)).toStrictEqual({ now: NOW, count: 0, firstAt: NOW + 5_009, freeInMs: 9 });
  });

  it.each([7, 9, 11])('begin at a whole ms after the clock was set back, at %i per minute', async (perMinute) => {
    const { firstAt, count } = await freeSlots(3_600_000, perMinute);
    expect({ isWhole: Number.isInteger(firstAt), count }).toStrictEqual({ isWhole: true, count: 0 });
  });

  it('are counted in whole ones', async () => {
    expect((await freeSlots(4_983, 7_000)).count).toBe(2);
  });

  it('are not waited for a fraction of a ms', async () => {
    expect(await freeSlots(8_572, 7)).toStrictEqual({ now: NOW, count: 0, firstAt: NOW + 8_572, freeInMs: 1 });
  });

  it('are those of the instance', async () => {
    await shop.insert('rate', { instance: 'second', next_at: NOW + 5_000 });
    expect((await freeSlots(1)).count).toBe(50);
    expect((await open(PER_MINUTE, 'second').lock(shop.database)).count).toBe(1);
  });
});

describe('a process', () => {
  it.each([
    [0, 600, NOW],
    [1, 600, NOW + 100],
    [51, 600, NOW + 5_100],
    [3, 7_000, NOW + 26],
  ])('that takes %i slots at %i per minute leaves the next ones to the others', async (count, perMinute, nextAt) => {
    const rate = open(perMinute);
    await rate.prepare(shop.database);
    await rate.use(shop.database, await rate.lock(shop.database), count);
    expect((await shop.row('rate')).next_at).toBe(nextAt);
  });

  it('takes them after those that are taken, and none of another instance', async () => {
    await shop.insert('rate', { instance: 'second', next_at: 7 });
    await shop.insert('rate', { instance: '', next_at: NOW + 50 });
    const rate = open();
    await rate.use(shop.database, await rate.lock(shop.database), 2);
    expect(await shop.rows('rate', 'next_at')).toStrictEqual([{ next_at: 7 }, { next_at: NOW + 250 }]);
  });

  it('that takes none corrects a row that is too far ahead', async () => {
    const free = await freeSlots(3_600_000);
    await open().use(shop.database, free, 0);
    expect((await shop.row('rate')).next_at).toBe(NOW + 5_100);
  });
});

describe('the clock of a rate', () => {
  it('is the database’s', async () => {
    const before = Date.now();
    const { now } = await new FleetRate('sqlite', shop.tables, '', PER_MINUTE).lock(shop.database);
    expect(Number.isInteger(now)).toBe(true);
    expect(now).toBeGreaterThanOrEqual(before - 1);
    expect(now).toBeLessThanOrEqual(Date.now() + 1);
  });

  it.each<[SqlDialect, RegExp]>([
    // The time of the statement: the transaction may have waited for the row.
    ['postgres', /^SELECT FLOOR\(.*clock_timestamp\(\).* \* 1000\) AS now$/],
    // In UTC, in whole ms.
    ['mysql', /^SELECT .*MICROSECOND, '1970-01-01', UTC_TIMESTAMP\(6\)\) DIV 1000 AS now$/],
  ])('is read in %s after the row was locked, in ms', async (dialect, clock) => {
    const transaction = new ScriptedTransaction([
      [/next_at/, [{ next_at: String(NOW + 4_900) }]],
      [/AS now/, [{ now: String(NOW) }]],
    ]);
    const free = await new FleetRate(dialect, shop.tables, '', PER_MINUTE).lock(transaction);
    expect(free).toStrictEqual({ now: NOW, count: 2, firstAt: NOW + 4_900, freeInMs: 0 });
    expect(transaction.executed).toMatchObject([
      { sql: 'SELECT next_at FROM pass2pay_rate WHERE instance = ? FOR UPDATE', params: [''] },
      { sql: expect.stringMatching(clock), params: [] },
    ]);
  });
});

it.each<[SqlDialect, RegExp]>([
  ['postgres', /^INSERT INTO pass2pay_rate .* ON CONFLICT DO NOTHING$/],
  ['mysql', /^INSERT IGNORE INTO pass2pay_rate .*\)$/],
])('inserts the row in %s only if it is missing', async (dialect, insert) => {
  const database = new ScriptedTransaction();
  await new FleetRate(dialect, shop.tables, 'second', PER_MINUTE).prepare(database);
  expect(database.executed).toStrictEqual([
    { sql: expect.stringMatching(insert), params: ['second'], options: undefined },
  ]);
});
