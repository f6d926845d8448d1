import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { KnownMerchants } from '../../../lib/database/known-merchants.js';
import { DueOutcomes } from '../../../lib/database/outcomes/due-outcomes.js';
import { OutcomeTable } from '../../../lib/database/outcomes/outcome-table.js';
import type { MerchantDirectory } from '../../../lib/merchants/merchant-directory.js';
import type { OutcomeDelivery } from '../../../lib/outcomes/outcome-delivery.js';
import type { DeliveryResult, OutcomeEvent } from '../../../lib/outcomes/outcome.js';
import { lines, recordLines } from '../../support/log-lines.js';
import { paymentEvent } from '../../outcomes/support/events.js';
import { LIMITS } from '../support/limits.js';
import { MemoryTables } from '../support/memory-tables.js';
import { WatchedDatabase } from '../support/watched-database.js';

const NOW = Date.UTC(2024, 5, 1);
const LEASE_MS = 120_000;

let clock: Clock;
let shop: MemoryTables;
let database: WatchedDatabase;
let table: OutcomeTable;
let delivered: OutcomeEvent[];
let deliver: (event: OutcomeEvent) => DeliveryResult | Promise<DeliveryResult>;
let due: DueOutcomes;

beforeEach(async () => {
  recordLines();
  shop = await MemoryTables.open();
  database = new WatchedDatabase(shop.database);
  table = new OutcomeTable('sqlite', shop.tables, '');
  clock = FakeTimers.install({ now: NOW, toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  delivered = [];
  deliver = () => 'applied';
  due = open();
});
afterEach(() => {
  clock.uninstall();
  shop.close();
});

function open({
  areThere = true,
  ...merchants
}: { areThere?: boolean } & Partial<Pick<MerchantDirectory, 'mchNos' | 'forNotify'>> = {}) {
  const delivery: OutcomeDelivery = {
    deliver: async (event) => {
      delivered.push(event);
      return deliver(event);
    },
  };
  const directory = { mchNos: ['M1'], forNotify: async () => undefined, ...merchants };
  return new DueOutcomes(database, table, delivery, { areThere }, new KnownMerchants(directory), LIMITS);
}

const store = (number = 'O1', dueAt = NOW, mchNo = 'M1') =>
  shop.committing((transaction) =>
    table.fail(transaction, paymentEvent({ mchOrderNo: number, payOrderId: `P-${number}`, mchNo }), {
      judgement: { result: 'new', late: false, gatewayState: undefined, previousState: undefined },
      error: 'no stock',
      now: NOW,
      dueAt,
    }),
  );
const rows = () => shop.rows('outcome', 'result, due_at');
const numbers = () => delivered.map(({ data }) => data.mchOrderNo);

describe('outcomes that are due', () => {
  it('are delivered one after the other, most overdue first', async () => {
    await store('O1', NOW);
    await store('O2', NOW - 1);
    await store('O3', NOW + 1);
    let running = 0;
    deliver = async (): Promise<DeliveryResult> => {
      expect(++running).toBe(1);
      await Promise.resolve();
      running--;
      return 'applied';
    };
    await due.sweep();
    expect(numbers()).toStrictEqual(['O2', 'O1']);
    expect(delivered[1]).toStrictEqual(paymentEvent({ payOrderId: 'P-O1' }));
    expect(lines).toStrictEqual([]);
  });

  it('are held by this process for two minutes', async () => {
    await store();
    await due.sweep();
    expect(await rows()).toStrictEqual([{ result: 'failed', due_at: NOW + LEASE_MS }]);
    await clock.tickAsync(LEASE_MS - 1);
    await due.sweep();
    expect(delivered).toHaveLength(1);
    await clock.tickAsync(1);
    await due.sweep();
    expect(delivered).toHaveLength(2);
  });

  it('are at most twenty in a sweep', async () => {
    for (let index = 1; index <= 21; index++) await store(`O${index}`);
    await due.sweep();
    expect(delivered).toHaveLength(20);
    await due.sweep();
    expect(delivered).toHaveLength(21);
  });

  it.each(['duplicate', 'stale', 'mismatch'] as const)('are closed where they turn out to be %s', async (result) => {
    await store();
    deliver = () => result;
    await due.sweep();
    expect(await rows()).toStrictEqual([{ result, due_at: null }]);
    expect(lines).toStrictEqual([]);
  });

  it('are tried again where their order is still unknown', async () => {
    await store();
    deliver = () => 'unknown-order';
    await due.sweep();
    expect(await rows()).toStrictEqual([{ result: 'failed', due_at: NOW + LEASE_MS }]);
    expect(lines).toStrictEqual([
      'warn Pass2PayOutcome: 1 of 1 due outcomes could not be applied; they will be retried unless they are dead. Last error: the order table has no order for payment:M1:P-O1:2',
    ]);
  });

  it('are tried although others fail, and the log has the last error', async () => {
    for (const number of ['O1', 'O2', 'O3']) await store(number);
    deliver = ({ data }) => {
      if (data.mchOrderNo !== 'O2') throw new Error(`no stock for ${data.mchOrderNo}`);
      return 'applied';
    };
    await due.sweep();
    expect(numbers()).toStrictEqual(['O1', 'O2', 'O3']);
    expect(lines).toStrictEqual([
      'warn Pass2PayOutcome: 2 of 3 due outcomes could not be applied; they will be retried unless they are dead. Last error: no stock for O3',
    ]);
  });

  it('are left alone by a process without handlers', async () => {
    await store();
    await open({ areThere: false }).sweep();
    expect(delivered).toStrictEqual([]);
    expect(database.steps).toStrictEqual([]);
  });

  it('are left alone by a process without their merchant', async () => {
    await store('O1', NOW, 'M2');
    await due.sweep();
    expect(delivered).toStrictEqual([]);
    expect(await rows()).toStrictEqual([{ result: 'failed', due_at: NOW }]);
  });

  it('are put back where the resolver does not find their merchant, for as long as they are old', async () => {
    await store();
    await clock.tickAsync(50_000);
    await open({ mchNos: undefined }).sweep();
    expect(delivered).toStrictEqual([]);
    expect(await rows()).toStrictEqual([{ result: 'failed', due_at: NOW + 100_000 }]);
    expect(lines).toStrictEqual([]);
  });

  it('cannot be read where the database is down, which the log says', async () => {
    await store();
    database.fail('begin', new Error('connection lost'));
    await due.sweep();
    expect(lines).toStrictEqual(['error Pass2PayOutcome: Due outcomes could not be read: connection lost']);
    await due.sweep();
    expect(delivered).toHaveLength(1);
  });

  it('are not logged where there are none', async () => {
    await due.sweep();
    expect(lines).toStrictEqual([]);
  });
});
