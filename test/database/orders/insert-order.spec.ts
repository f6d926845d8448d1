import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { insertNamedOrder, insertOrder, type OrderToInsert } from '../../../lib/database/orders/insert-order.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction } from '../support/scripted-transaction.js';

type Row = Readonly<Record<string, SqlValue>>;

const { Created, Paying, Success, Failed, Cancelled, Refunded, Closed } = OrderState;
const NOW = 1_000_000;
const ORDER: OrderToInsert = {
  kind: 'payment',
  mchNo: 'M1',
  appId: 'A1',
  mchOrderNo: 'O1',
  amount: 5,
  currency: 'cny',
  status: 'created',
};

let shop: MemoryTables;
let clock: Clock;
beforeEach(async () => {
  shop = await MemoryTables.open();
  clock = FakeTimers.install({ now: NOW, toFake: ['Date'] });
});
afterEach(() => {
  clock.uninstall();
  shop.close();
});

const insert = (changes: Partial<OrderToInsert> = {}, instance = '') =>
  insertOrder(shop.database, shop.tables, instance, { ...ORDER, ...changes });
const insertNamed = (changes: Partial<OrderToInsert> = {}, instance = '') =>
  insertNamedOrder(shop.database, shop.tables, instance, { ...ORDER, ...changes });

describe('a new order', () => {
  it('is stored with all that is known of it', async () => {
    const known = {
      kind: 'transfer',
      mchNo: 'M2',
      appId: 'A2',
      amount: 6,
      currency: 'usd',
      custNo: 'C1',
      checkoutKey: 'K1',
      status: 'creating',
      gatewayId: 'T1',
      gatewayState: 1,
      lastApplied: 2,
      isAdopted: true,
      expiresAt: 7,
      creatingUntil: 8,
      nextCheckAt: 9,
    } as const;
    await insert({ ...known, mchOrderNo: 'Ord-1 ' }, 'second');
    expect(await shop.row('order')).toStrictEqual({
      instance: 'second',
      kind: 'transfer',
      mch_no: 'M2',
      compared_no: 'ord-1',
      mch_order_no: 'Ord-1 ',
      app_id: 'A2',
      gateway_id: 'T1',
      amount: 6,
      currency: 'usd',
      cust_no: 'C1',
      status: 'creating',
      gateway_state: 1,
      last_applied: 2,
      previous_applied: null,
      success_to_apply: 0,
      adopted: 1,
      created_at: NOW,
      expires_at: 7,
      creating_until: 8,
      response: null,
      next_check_at: 9,
      checks: 0,
      attention_at: null,
      kept_since: NOW,
      checkout_key: 'K1',
    });
  });

  it('has no value of what is not known, and no data of a customer to erase', async () => {
    await insert();
    expect(await shop.row('order')).toMatchObject({
      gateway_id: null,
      cust_no: null,
      checkout_key: null,
      gateway_state: null,
      last_applied: null,
      adopted: 0,
      expires_at: null,
      creating_until: null,
      next_check_at: null,
      kept_since: null,
    });
  });

  it('may be in the first state', async () => {
    await insert({ gatewayState: Created, lastApplied: Created, isAdopted: false });
    expect(await shop.row('order', 'gateway_state, last_applied, adopted')).toStrictEqual({
      gateway_state: 0,
      last_applied: 0,
      adopted: 0,
    });
  });

  it.each<[string, Partial<OrderToInsert>, string]>([
    ['its number, however that is written', { mchOrderNo: 'o1 ' }, 'SQLITE_CONSTRAINT_PRIMARYKEY'],
    ['the gateway’s number', { mchOrderNo: 'O2', gatewayId: 'P1' }, 'SQLITE_CONSTRAINT_UNIQUE'],
  ])('is not stored beside another with %s', async (_, changes, code) => {
    await insert({ gatewayId: 'P1' });
    await expect(insert(changes)).rejects.toMatchObject({ code });
    await expect(insertNamed(changes)).rejects.toMatchObject({ code });
    expect(await shop.rows('order')).toHaveLength(1);
  });
});

describe('the next check of an order that the gateway knows', () => {
  const nextCheck = async (changes: Partial<OrderToInsert>) => {
    await insertNamed(changes);
    return (await shop.row('order', 'next_check_at')).next_check_at;
  };

  it.each([undefined, Created, Paying])('is due if state %s was applied last', async (lastApplied) => {
    expect(await nextCheck({ lastApplied, gatewayState: Success, nextCheckAt: 1 })).toBe(NOW);
  });

  it.each([Success, Failed, Cancelled, Refunded, Closed])(
    'never comes if state %i was applied',
    async (lastApplied) => {
      expect(await nextCheck({ lastApplied })).toBeNull();
    },
  );

  it('never comes for a transfer that has ended', async () => {
    expect(await nextCheck({ kind: 'transfer', lastApplied: 2 })).toBeNull();
  });
});

describe('an order whose events have arrived before it', () => {
  const columns = 'gateway_state, success_to_apply';
  const store = (state: number, changes: Row = {}) =>
    shop.outcome({ idempotency_key: `payment:M1:P1:${state}`, state, result: 'failed', ...changes });
  /** What the gateway has said of the order, and whether a success waits for its handlers. */
  const storedWith = async (states: readonly number[], changes: Partial<OrderToInsert> = {}) => {
    for (const state of states) await store(state, { kind: changes.kind ?? 'payment' });
    await insertNamed(changes);
    const { gateway_state: said, success_to_apply: waits } = await shop.row('order', columns);
    return [said, waits];
  };

  it.each([
    ['without events', [], {}, null, 0],
    ['without events, in a state', [], { gatewayState: Paying }, Paying, 0],
    ['paid', [Success], {}, Success, 1],
    ['paid, and known as being paid', [Success], { gatewayState: Paying }, Success, 1],
    ['in its first state', [Created], {}, Created, 0],
    ['closed', [Closed], {}, Closed, 0],
    ['closed after its failure', [Failed, Closed], {}, Closed, 0],
    ['failed after its closing', [Closed, Failed], {}, Failed, 0],
    ['refunded', [Refunded], {}, Refunded, 0],
    ['refunded after its payment', [Success, Refunded], {}, Refunded, 1],
    // The payment is late.
    ['closed before its payment', [Closed, Success], {}, Closed, 1],
    ['closed after its payment', [Success, Closed], {}, Closed, 1],
    ['closed according to the gateway', [Success], { gatewayState: Closed }, Closed, 1],
  ] as const)('is %s', async (_, states, changes, said, waits) => {
    expect(await storedWith(states, changes)).toStrictEqual([said, waits]);
  });

  it.each([
    [undefined, 1],
    [Paying, 1],
    [Closed, 1],
    [Success, 0],
    [Refunded, 0],
  ])('has a success to apply after state %s was applied: %i', async (lastApplied, waits) => {
    expect(await storedWith([Success], { lastApplied })).toStrictEqual([Success, waits]);
  });

  it('may be a transfer, whose states it then has', async () => {
    expect(await storedWith([1, 5], { kind: 'transfer' })).toStrictEqual([1, 0]);
  });

  it.each([
    ['failed', 1],
    ['dead', 1],
    ['received', 0],
    ['applied', 0],
    ['duplicate', 0],
    ['stale', 0],
    ['mismatch', 0],
  ])('counts an event that is %s: %i', async (result, counts) => {
    await store(Success, { result });
    await insertNamed();
    expect(await shop.row('order', columns)).toStrictEqual({
      gateway_state: counts ? Success : null,
      success_to_apply: counts,
    });
  });

  it('counts them in the sequence of their arrival, in whatever sequence the database reads them', async () => {
    await shop.database.execute('PRAGMA reverse_unordered_selects = ON');
    expect(await storedWith([Failed, Closed])).toStrictEqual([Closed, 0]);
  });

  it('counts those of its number, however that is written', async () => {
    await store(Success, { compared_no: 'ord-1' });
    await insertNamed({ mchOrderNo: 'Ord-1 ' });
    expect(await shop.row('order', columns)).toStrictEqual({ gateway_state: Success, success_to_apply: 1 });
  });

  it.each<Row>([{ instance: 'second' }, { kind: 'transfer' }, { mch_no: 'M2' }, { compared_no: 'o2' }])(
    'counts none of another order: %j',
    async (other) => {
      await store(Success, other);
      await insertNamed();
      expect(await shop.row('order', columns)).toStrictEqual({ gateway_state: null, success_to_apply: 0 });
    },
  );

  it('alone gets their states', async () => {
    await insert({ kind: 'transfer' });
    await insert({ mchNo: 'M2' });
    await insert({ mchOrderNo: 'O2' });
    await insert();
    await store(Success, { instance: 'second' });
    await insertNamed({}, 'second');
    const changed = await shop.select(`SELECT instance FROM ${shop.tables.order} WHERE success_to_apply = 1`);
    expect(changed).toStrictEqual([{ instance: 'second' }]);
    expect(await shop.rows('order')).toHaveLength(5);
  });

  it('is locked before they are read, and written once more only if there are any', async () => {
    const statements = async (transaction: ScriptedTransaction) => {
      await insertNamedOrder(transaction, shop.tables, '', ORDER);
      return transaction.sql.map((sql) => sql.replace(/^(\w+).*?(pass2pay_\w+).*$/, '$1 $2'));
    };
    const read = ['INSERT pass2pay_order', 'SELECT pass2pay_outcome'];
    expect(await statements(new ScriptedTransaction())).toStrictEqual(read);
    const paid = new ScriptedTransaction([[/^SELECT/, [{ state: '2' }]]]);
    expect(await statements(paid)).toStrictEqual([...read, 'UPDATE pass2pay_order']);
    expect(paid.executed[2]!.params.slice(0, 2)).toStrictEqual([Success, 1]);
  });
});
