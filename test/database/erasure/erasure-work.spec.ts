import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { ErasureWork } from '../../../lib/database/erasure/erasure-work.js';
import { Erasure, PAGE, type ErasedTable } from '../../../lib/database/erasure/erasure.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import { lines, recordLines } from '../../support/log-lines.js';
import { LIMITS } from '../support/limits.js';
import { MemoryTables } from '../support/memory-tables.js';
import { WatchedDatabase } from '../support/watched-database.js';

type Row = Readonly<Record<string, SqlValue>>;

const NOW = Date.UTC(2024, 5, 1);
const DAY_MS = 86_400_000;
const TEN_MINUTES_MS = 600_000;
const TABLES: readonly ErasedTable[] = ['order', 'outcome', 'afterCommit'];

let clock: Clock;
beforeEach(() => {
  recordLines();
  clock = FakeTimers.install({ now: NOW, toFake: ['Date'] });
});
afterEach(() => clock.uninstall());

describe('data that the tables keep for 30 days', () => {
  let shop: MemoryTables;
  let database: WatchedDatabase;
  beforeEach(async () => {
    shop = await MemoryTables.open();
    database = new WatchedDatabase(shop.database);
  });
  afterEach(() => shop.close());

  const open = (keepDays: number | false) => new ErasureWork(new Erasure(database, shop.tables, '', LIMITS), keepDays);
  const order = (number: string, keptSince: number, changes: Row = {}) =>
    shop.order({ compared_no: number, cust_no: number, kept_since: keptSince, ...changes });
  const outcome = (key: string, keptSince: number, changes: Row = {}) =>
    shop.outcome({ idempotency_key: key, kept_since: keptSince, ...changes });
  const call = (key: string, keptSince: number, changes: Row = {}) =>
    shop.afterCommit({ idempotency_key: key, status: 'dead', kept_since: keptSince, ...changes });
  const kept = async () => {
    const orders = await shop.rows('order', 'cust_no AS name, kept_since');
    const outcomes = await shop.rows('outcome', 'idempotency_key AS name, kept_since');
    const calls = await shop.rows('afterCommit', 'idempotency_key AS name, kept_since');
    return [orders, outcomes, calls].map((rows) =>
      rows.filter(({ kept_since: since }) => since !== null).map(({ name }) => name),
    );
  };

  it('is erased in all tables on the day on which it is that old, and no earlier', async () => {
    for (const insert of [order, outcome, call]) {
      await insert('old', NOW - 30 * DAY_MS);
      await insert('newer', NOW - 30 * DAY_MS + 1);
    }
    const work = open(30);
    await work.sweep();
    expect(await kept()).toStrictEqual([['newer'], ['newer'], ['newer']]);
    await clock.tickAsync(TEN_MINUTES_MS);
    await work.sweep();
    expect(await kept()).toStrictEqual([[], [], []]);
    expect(lines).toStrictEqual([]);
  });

  it('is kept for as many days as the option says', async () => {
    await order('old', NOW - 2 * DAY_MS);
    await order('newer', NOW - 2 * DAY_MS + 1);
    await open(2).sweep();
    expect((await kept())[0]).toStrictEqual(['newer']);
  });

  it('is kept forever where the option says so, unless it is marked', async () => {
    for (const insert of [order, outcome, call]) {
      await insert('marked', 0);
      await insert('ancient', 1);
    }
    await open(false).sweep();
    expect(await kept()).toStrictEqual([['ancient'], ['ancient'], ['ancient']]);
  });

  it('is erased when a customer was forgotten while handlers still needed it, once they have ended', async () => {
    await outcome('a', 0, { due_at: NOW });
    const work = open(30);
    await work.sweep();
    expect((await kept())[1]).toStrictEqual(['a']);
    await shop.database.execute(`UPDATE ${shop.tables.outcome} SET due_at = NULL`);
    await clock.tickAsync(TEN_MINUTES_MS);
    await work.sweep();
    expect((await kept())[1]).toStrictEqual([]);
  });

  it('of a create in progress is erased only after its lease', async () => {
    await order('creating', 0, { creating_until: NOW + 1 });
    await order('lapsed', 0, { creating_until: NOW });
    await open(30).sweep();
    expect((await kept())[0]).toStrictEqual(['creating']);
  });

  it('is erased at the next sweep where the database was down, which the log says', async () => {
    await order('old', 0);
    const work = open(30);
    database.fail('begin', new Error('connection lost'));
    await work.sweep();
    expect(lines).toStrictEqual([
      'error Pass2PayErasure: Customer data could not be erased; it will be retried: connection lost',
    ]);
    await work.sweep();
    expect((await kept())[0]).toStrictEqual([]);
    expect(lines).toHaveLength(1);
  });

  it('is erased in the other tables where one table cannot be erased', async () => {
    await order('old', 0);
    await outcome('old', 0, { fields: 'no JSON' });
    await call('old', 0);
    await open(30).sweep();
    expect(await kept()).toStrictEqual([[], ['old'], []]);
    expect(lines).toStrictEqual([
      expect.stringMatching(/^error Pass2PayErasure: Customer data could not be erased; it will be retried: .*JSON/),
    ]);
  });

  it('is said once not to be erased where no table can be', async () => {
    database.fail('begin', new Error('connection lost'), { times: 3 });
    await open(30).sweep();
    expect(lines).toHaveLength(1);
  });

  it('is said with each reason not to be erased', async () => {
    database.fail('begin', new Error('connection lost'));
    database.fail('begin', new Error('too many connections'), { skip: 1 });
    await open(30).sweep();
    expect(lines).toStrictEqual([expect.stringMatching(/connection lost; too many connections$/)]);
  });
});

describe('a sweep', () => {
  /** The numbers of rows that each table has left. */
  let left: Record<ErasedTable, number>;
  let pages: ErasedTable[];
  let work: ErasureWork;
  let atPage: () => void;
  beforeEach(() => {
    left = { order: 0, outcome: 0, afterCommit: 0 };
    pages = [];
    atPage = () => undefined;
    const erasePage = async (table: ErasedTable) => {
      pages.push(table);
      atPage();
      const erased = Math.min(left[table], PAGE);
      left[table] -= erased;
      return erased;
    };
    work = new ErasureWork({ erasePage }, 30);
  });

  it('looks into the tables again ten minutes after one that found nothing', async () => {
    await work.sweep();
    expect(pages).toStrictEqual(TABLES);
    await clock.tickAsync(TEN_MINUTES_MS - 1);
    await work.sweep();
    expect(pages).toHaveLength(3);
    await clock.tickAsync(1);
    await work.sweep();
    expect(pages).toHaveLength(6);
  });

  it('erases page after page until one is not full', async () => {
    left.outcome = 2 * PAGE + PAGE - 1;
    await work.sweep();
    expect(pages).toStrictEqual(['order', 'outcome', 'outcome', 'outcome', 'afterCommit']);
    expect(left.outcome).toBe(0);
    await work.sweep();
    expect(pages).toHaveLength(5);
  });

  it.each(TABLES)('erases ten pages of %s at most, and the next sweep goes on', async (table) => {
    left[table] = 10 * PAGE + 1;
    await work.sweep();
    expect(left[table]).toBe(1);
    expect(new Set(pages)).toStrictEqual(new Set(TABLES));
    expect(pages).toHaveLength(12);
    await work.sweep();
    expect(left[table]).toBe(0);
    await work.sweep();
    expect(pages).toHaveLength(15);
  });

  it('erases no page after the process stops', async () => {
    left = { order: 5 * PAGE, outcome: 5 * PAGE, afterCommit: 5 * PAGE };
    let stopped: Promise<void> | undefined;
    atPage = () => {
      if (pages.length === 2) stopped = work.stop();
    };
    await work.sweep();
    await stopped;
    expect(pages).toStrictEqual(['order', 'order']);
    await work.sweep();
    expect(pages).toHaveLength(2);
  });
});
