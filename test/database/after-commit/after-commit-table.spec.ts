import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AfterCommitTable, type AfterCommitCall } from '../../../lib/database/after-commit/after-commit-table.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import { idempotencyKey, PaymentOutcome, TransferOutcome, type OutcomeEvent } from '../../../lib/outcomes/outcome.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction, scriptedDatabase } from '../support/scripted-transaction.js';

const NOW = 1_000_000;
const LEASE_MS = 100;

let shop: MemoryTables;
let table: AfterCommitTable;

beforeEach(async () => {
  shop = await MemoryTables.open();
  table = new AfterCommitTable(shop.database, shop.tables, '');
});
afterEach(() => shop.close());

const factsOf = (event: OutcomeEvent) => ({
  late: true,
  gatewayState: 6,
  adopted: false,
  replayed: false,
  source: event.source,
  idempotencyKey: idempotencyKey(event),
});
const add = (
  event: OutcomeEvent,
  handlers: string[],
  { now = NOW, replayId }: { now?: number; replayId?: number } = {},
) =>
  shop.committing((transaction) =>
    table.add(transaction, event, {
      facts: factsOf(event),
      handlers,
      now,
      ...(replayId !== undefined && { replayId }),
    }),
  );
const take = (
  handlers: string[],
  { now = NOW, most = 10, mchNos }: { now?: number; most?: number; mchNos?: string[] } = {},
) => shop.committing((transaction) => table.take(transaction, { handlers, mchNos }, { now, leaseMs: LEASE_MS, most }));
const payment = (number: string, changes: Parameters<typeof paymentEvent>[0] = {}) =>
  paymentEvent({ mchOrderNo: number, payOrderId: `P-${number}`, ...changes });
const namesOf = (calls: AfterCommitCall[]) => calls.map(({ handler, outcome }) => `${handler} ${outcome.mchOrderNo}`);

it('stores the work of each handler, due at once', async () => {
  const event = paymentEvent({ mchOrderNo: 'O1 ' });
  await add(event, ['Mail.send', 'Crm.tell'], { replayId: 7 });
  expect(await shop.rows('afterCommit')).toStrictEqual(
    ['Mail.send', 'Crm.tell'].map((handler, index) => ({
      id: index + 1,
      instance: '',
      idempotency_key: 'payment:M1:P1:2',
      handler,
      kind: 'payment',
      mch_no: 'M1',
      compared_no: 'o1',
      status: 'pending',
      attempts: 0,
      error: null,
      outcome: JSON.stringify({ ...event.data, ...factsOf(event) }),
      created_at: NOW,
      due_at: NOW,
      kept_since: NOW,
      replay_id: 7,
    })),
  );
});

it('belongs to no replay unless it is told so', async () => {
  await add(paymentEvent(), ['Mail.send']);
  expect(await shop.row('afterCommit', 'replay_id')).toEqual({ replay_id: 0 });
});

it('gives handlers the outcome with its facts', async () => {
  await add(paymentEvent(), ['Mail.send']);
  await add(transferEvent({}, 'query'), ['Mail.send'], { now: NOW + 1 });
  const calls = await take(['Mail.send'], { now: NOW + 1 });
  const outcomes = [paymentEvent(), transferEvent({}, 'query')].map((event) => ({ ...event.data, ...factsOf(event) }));
  expect(calls).toStrictEqual([
    {
      id: 1,
      handler: 'Mail.send',
      outcome: Object.assign(new PaymentOutcome(), outcomes[0]),
      attempts: 1,
      createdAt: NOW,
    },
    {
      id: 2,
      handler: 'Mail.send',
      outcome: Object.assign(new TransferOutcome(), outcomes[1]),
      attempts: 1,
      createdAt: NOW + 1,
    },
  ]);
});

describe('work that is due', () => {
  it('is taken most overdue first, and at most as much as is asked for', async () => {
    for (const [number, now] of [
      ['O1', NOW],
      ['O2', NOW - 2],
      ['O3', NOW + 1],
      ['O4', NOW - 1],
    ] as const) {
      await add(payment(number), ['Mail.send'], { now });
    }
    expect(namesOf(await take(['Mail.send'], { most: 2.9 }))).toStrictEqual(['Mail.send O2', 'Mail.send O4']);
    expect(namesOf(await take(['Mail.send']))).toStrictEqual(['Mail.send O1']);
    expect(await take(['Mail.send'])).toStrictEqual([]);
  });

  it('is taken again after its lease, with another attempt', async () => {
    await add(paymentEvent(), ['Mail.send']);
    await take(['Mail.send']);
    expect(await take(['Mail.send'], { now: NOW + LEASE_MS - 1 })).toStrictEqual([]);
    expect(await take(['Mail.send'], { now: NOW + LEASE_MS })).toMatchObject([{ attempts: 2 }]);
    expect(await shop.row('afterCommit')).toMatchObject({ attempts: 2, due_at: NOW + 2 * LEASE_MS });
  });

  it('waits for the work of an earlier outcome of its order and handler, until that is done or dead', async () => {
    await add(payment('O1', { state: OrderState.Closed }), ['Mail.send']);
    await add(payment('o1 '), ['Mail.send', 'Crm.tell']);
    const [first, other] = await take(['Mail.send', 'Crm.tell']);
    expect(namesOf([first!, other!])).toStrictEqual(['Mail.send O1', 'Crm.tell o1 ']);
    expect(await take(['Mail.send', 'Crm.tell'])).toStrictEqual([]);
    await table.fail(first!, 'mail down', undefined);
    expect(namesOf(await take(['Mail.send', 'Crm.tell']))).toStrictEqual(['Mail.send o1 ']);
  });

  it('does not wait for another order, merchant, kind or handler', async () => {
    await add(payment('O1'), ['Mail.send', 'Crm.tell']);
    await add(payment('O2'), ['Mail.send']);
    await add(payment('O1', { mchNo: 'M2' }), ['Mail.send']);
    await add(transferEvent(), ['Mail.send']);
    await new AfterCommitTable(shop.database, shop.tables, 'eu').add(shop.database, payment('O1'), {
      facts: factsOf(payment('O1')),
      handlers: ['Mail.send'],
      now: NOW,
    });
    expect(await take(['Mail.send', 'Crm.tell'])).toHaveLength(5);
  });

  it('is of the handlers, merchants and instance of the process', async () => {
    await add(payment('O1'), ['Mail.send', 'Old.print']);
    await add(payment('O2', { mchNo: 'M2' }), ['Mail.send']);
    expect(await take([])).toStrictEqual([]);
    expect(namesOf(await take(['Mail.send'], { mchNos: ['M3', 'M2'] }))).toStrictEqual(['Mail.send O2']);
    const eu = new AfterCommitTable(shop.database, shop.tables, 'eu');
    const scope = { handlers: ['Mail.send', 'Old.print'], mchNos: undefined };
    expect(await shop.committing((own) => eu.take(own, scope, { now: NOW, leaseMs: 1, most: 9 }))).toStrictEqual([]);
    expect(namesOf(await take(['Old.print', 'Crm.tell']))).toStrictEqual(['Old.print O1']);
  });
});

describe('work that was taken', () => {
  let call: AfterCommitCall;
  beforeEach(async () => {
    await add(payment('O1'), ['Mail.send']);
    await add(payment('O2'), ['Mail.send'], { now: NOW + 1 });
    [call] = (await take(['Mail.send'])) as [AfterCommitCall];
  });
  const first = async () => (await shop.rows('afterCommit', 'status, error, due_at, attempts'))[0];

  it('has no row once it is done', async () => {
    await table.done(call);
    expect(await shop.rows('afterCommit', 'id')).toStrictEqual([{ id: 2 }]);
  });

  it('is retried later where it failed', async () => {
    await table.fail(call, 'mail down', NOW + 7);
    expect(await first()).toStrictEqual({ status: 'pending', error: 'mail down', due_at: NOW + 7, attempts: 1 });
  });

  it('is dead, and never due, without another attempt', async () => {
    await table.fail(call, 'mail down', undefined);
    expect(await first()).toStrictEqual({ status: 'dead', error: 'mail down', due_at: null, attempts: 1 });
    expect(namesOf(await take(['Mail.send'], { now: NOW + 9 * LEASE_MS }))).toStrictEqual(['Mail.send O2']);
  });

  it('has no attempt more once it is put back', async () => {
    await table.putBack(call, 'nobody knows the merchant', NOW + 7);
    expect(await first()).toStrictEqual({
      status: 'pending',
      error: 'nobody knows the merchant',
      due_at: NOW + 7,
      attempts: 0,
    });
    expect((await shop.rows('afterCommit', 'attempts, due_at'))[1]).toStrictEqual({ attempts: 0, due_at: NOW + 1 });
  });

  it('changes nothing any more where another process has taken it since', async () => {
    await take(['Mail.send'], { now: NOW + LEASE_MS });
    const taken = await first();
    await table.fail(call, 'too slow', undefined);
    await table.putBack(call, 'too slow', 1);
    expect(await first()).toStrictEqual(taken);
  });
});

describe('the work that a process cannot do', () => {
  const outside = (handlers: string[], mchNos?: string[], dueBefore = NOW + 1) =>
    table.pendingOutside({ handlers, mchNos }, dueBefore);
  beforeEach(async () => {
    await add(payment('O2', { mchNo: 'M2' }), ['Old.print', 'Mail.send']);
    await add(payment('O1'), ['Old.print']);
    await add(payment('O3'), ['Old.print']);
  });

  it('is counted by handler and merchant', async () => {
    expect(await outside(['Mail.send'])).toStrictEqual([
      { handler: 'Old.print', mchNo: 'M1', count: 2 },
      { handler: 'Old.print', mchNo: 'M2', count: 1 },
    ]);
    expect(await outside(['Mail.send', 'Old.print'], ['M1'])).toStrictEqual([
      { handler: 'Mail.send', mchNo: 'M2', count: 1 },
      { handler: 'Old.print', mchNo: 'M2', count: 1 },
    ]);
    expect(await outside([])).toHaveLength(3);
    expect(await outside(['Mail.send', 'Old.print'], ['M1', 'M2'])).toStrictEqual([]);
  });

  it('is not counted before it is overdue, when it is dead, or for another instance', async () => {
    expect(await outside([], undefined, NOW)).toStrictEqual([]);
    const calls = await take(['Old.print', 'Mail.send']);
    for (const call of calls) await table.fail(call, 'gone', call.id === 1 ? NOW : undefined);
    expect(await outside([])).toStrictEqual([{ handler: 'Old.print', mchNo: 'M2', count: 1 }]);
    const eu = new AfterCommitTable(shop.database, shop.tables, 'eu');
    expect(await eu.pendingOutside({ handlers: [], mchNos: undefined }, NOW + 1)).toStrictEqual([]);
  });
});

it('skips work that another process holds, on a server', async () => {
  const transaction = new ScriptedTransaction();
  const served = new AfterCommitTable(scriptedDatabase('postgres', transaction), tablesOf(), '');
  const scope = { handlers: ['Mail.send', 'Crm.tell'], mchNos: ['M1', 'M2'] };
  expect(await served.take(transaction, scope, { now: NOW, leaseMs: 1, most: 4 })).toStrictEqual([]);
  expect(transaction.executed).toMatchObject([
    {
      sql: expect.stringMatching(/ORDER BY a\.due_at, a\.id LIMIT 4 FOR UPDATE SKIP LOCKED$/),
      params: ['', NOW, 'Mail.send', 'Crm.tell', 'M1', 'M2'],
    },
  ]);
});

it('needs no list for a process with all merchants, or without handlers', async () => {
  const transaction = new ScriptedTransaction();
  const served = new AfterCommitTable(scriptedDatabase('postgres', transaction), tablesOf(), '');
  await served.pendingOutside({ handlers: [], mchNos: undefined }, NOW);
  const [{ sql, params } = { sql: '', params: [] }] = transaction.executed;
  // PostgreSQL and MySQL refuse an empty list.
  expect(sql).not.toMatch(/\(\s*\)/);
  expect(params).toStrictEqual(['', NOW]);
});
