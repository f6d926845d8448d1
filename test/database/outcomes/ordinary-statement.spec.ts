import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { onConflict } from '../../../lib/database/outcomes/outcome-upsert.js';
import { OrdinaryStatement } from '../../../lib/database/outcomes/ordinary-statement.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import type { OutcomeEvent } from '../../../lib/outcomes/outcome.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { TransferState } from '../../../lib/protocol/transfer-state.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { MemoryTables } from '../support/memory-tables.js';

const NOW = 1_000_000;
const DAY_MS = 86_400_000;
const tables = { ...tablesOf(), order: 'order', outcome: 'outcome' };
const { Created, Paying, Closed, Success, Refunded } = OrderState;

const statement = (dialect: 'postgres' | 'mysql', recheckPaidDays = 0) =>
  new OrdinaryStatement(dialect, tables, 'ON CONFLICT NOTHING', recheckPaidDays);
const textOf = (event: OutcomeEvent, dialect: 'postgres' | 'mysql' = 'postgres') =>
  statement(dialect).of('', event, NOW)!.sql;
const spaced = (event: OutcomeEvent) => ({ ...event, data: { ...event.data, mchOrderNo: 'O1  ' } }) as OutcomeEvent;

const KEY = ['eu', 'payment', 'M1', 'o1'];
const written = (event: OutcomeEvent) => ['payment:M1:P1:2', 'notify', JSON.stringify(event.data), NOW, NOW, NOW];

it('moves the order and inserts its outcome in one statement on PostgreSQL', () => {
  const event = spaced(paymentEvent());
  const { sql, params } = statement('postgres').of('eu', event, NOW)!;
  expect(sql).toBe(`WITH moved AS (
UPDATE order SET previous_applied = last_applied, last_applied = 2, gateway_state = 2, gateway_id = ?, response = NULL, next_check_at = NULL
WHERE instance = ? AND kind = ? AND mch_no = ? AND compared_no = ? AND mch_order_no = ? AND app_id = ? AND amount = ?
  AND currency = ? AND (gateway_id IS NULL OR gateway_id = ?)
  AND status = 'created' AND success_to_apply = 0 AND COALESCE(adopted, 0) = 0
  AND (last_applied IS NULL OR last_applied IN (0, 1)) AND (gateway_state IS NULL OR gateway_state IN (0, 1, 2))
RETURNING instance, kind, mch_no, compared_no, amount, currency, last_applied, previous_applied, checkout_key
)
INSERT INTO outcome (instance, idempotency_key, kind, mch_no, compared_no, state, amount, currency, source, result, late, previous_state, deliveries, attempts, fields, received_at, applied_at, kept_since)
SELECT instance, ?, kind, mch_no, compared_no, last_applied, amount, LOWER(currency), ?, 'applied', 0, previous_applied, 1, 1, ?, ?, ?, ? FROM moved ON CONFLICT NOTHING
RETURNING previous_state, (SELECT checkout_key FROM moved) AS checkout_key`);
  expect(params).toStrictEqual(['P1', ...KEY, 'O1', 'A1', 5, 'cny', 'P1', ...written(event)]);
});

it('moves the order and then inserts its outcome, if it was moved, on MariaDB', () => {
  const event = spaced(paymentEvent());
  const { sql, params } = statement('mysql', 1).of('eu', event, NOW)!;
  expect(sql).toBe(`BEGIN NOT ATOMIC
UPDATE order SET previous_applied = last_applied, last_applied = 2, gateway_state = 2, gateway_id = ?, response = NULL, next_check_at = ?
WHERE instance = ? AND kind = ? AND mch_no = ? AND compared_no = ? AND mch_order_no COLLATE utf8mb4_nopad_bin = ? AND app_id COLLATE utf8mb4_nopad_bin = ? AND amount = ?
  AND currency COLLATE utf8mb4_nopad_bin = ? AND (gateway_id IS NULL OR gateway_id COLLATE utf8mb4_nopad_bin = ?)
  AND status = 'created' AND success_to_apply = 0 AND COALESCE(adopted, 0) = 0
  AND (last_applied IS NULL OR last_applied IN (0, 1)) AND (gateway_state IS NULL OR gateway_state IN (0, 1, 2));
IF ROW_COUNT() > 0 THEN INSERT INTO outcome (instance, idempotency_key, kind, mch_no, compared_no, state, amount, currency, source, result, late, previous_state, deliveries, attempts, fields, received_at, applied_at, kept_since)
SELECT instance, ?, kind, mch_no, compared_no, last_applied, amount, LOWER(currency), ?, 'applied', 0, previous_applied, 1, 1, ?, ?, ?, ? FROM order WHERE instance = ? AND kind = ? AND mch_no = ? AND compared_no = ? ON CONFLICT NOTHING
RETURNING previous_state, (SELECT o.checkout_key FROM order o WHERE o.compared_no = outcome.compared_no AND o.mch_no = outcome.mch_no AND o.kind = outcome.kind AND o.instance = outcome.instance) AS checkout_key; END IF;
END`);
  expect(params).toStrictEqual(['P1', NOW + DAY_MS, ...KEY, 'O1', 'A1', 5, 'cny', 'P1', ...written(event), ...KEY]);
});

describe('an event', () => {
  it.each([
    [
      'a created payment',
      paymentEvent({ state: Created }),
      'last_applied IS NULL',
      '(gateway_state IS NULL OR gateway_state IN (0))',
    ],
    [
      'a closed payment',
      paymentEvent({ state: Closed }),
      '(last_applied IS NULL OR last_applied IN (0, 1))',
      '(gateway_state IS NULL OR gateway_state IN (0, 1, 2, 3, 4, 6))',
    ],
  ])('of %s is ordinary after the states that come before it', (_, event, lastApplied, gatewayState) => {
    expect(textOf(event)).toContain(`AND ${lastApplied} AND ${gatewayState}\n`);
  });

  it('without a final state leaves the create and the queries of its order open', () => {
    expect(textOf(paymentEvent({ state: Paying }))).toContain('gateway_id = ?\nWHERE');
  });

  it('of a transfer is written with the number of the transfer', () => {
    const { sql, params } = statement('postgres').of('', transferEvent(), NOW)!;
    expect(sql).toContain('last_applied = 2');
    expect(params).toStrictEqual(expect.arrayContaining(['T1', 'transfer', 'transfer:M1:T1:2']));
  });

  it('has the text of its kind and state, so that it is prepared once', () => {
    const own = statement('postgres');
    const sqlOf = (event: OutcomeEvent) => own.of('', event, NOW)!.sql;
    const first = sqlOf(paymentEvent());
    expect(sqlOf(paymentEvent({ mchOrderNo: 'O2', payOrderId: 'P2', amount: 7 }))).toBe(first);
    expect(sqlOf(paymentEvent({ state: Refunded }))).not.toBe(first);
    // The state of the same number of a transfer comes after others.
    const cancelled = sqlOf(paymentEvent({ state: OrderState.Cancelled }));
    expect(sqlOf(transferEvent({ state: TransferState.Closed }))).not.toBe(cancelled);
  });

  it('is never ordinary with an undocumented state, or where its confirming query said another one', () => {
    expect(statement('postgres').of('', paymentEvent({ state: 7 as OrderState }), NOW)).toBeUndefined();
    const event = paymentEvent();
    Object.assign(event.data, { gatewayState: Closed });
    expect(statement('postgres').of('', event, NOW)).toBeUndefined();
  });
});

describe('the order of an ordinary event', () => {
  let shop: MemoryTables;
  beforeEach(async () => {
    shop = await MemoryTables.open();
  });
  afterEach(() => shop.close());

  /** Runs the update of PostgreSQL's statement. */
  async function isMoved(row: Readonly<Record<string, SqlValue>>): Promise<boolean> {
    await shop.order(row);
    const conflict = onConflict('postgres', shop.tables.outcome).applied;
    const { sql, params } = new OrdinaryStatement('postgres', shop.tables, conflict, 0).of('', paymentEvent(), NOW)!;
    const update = /\((UPDATE[^]*?)\nRETURNING/.exec(sql.replace('(\n', '('))![1]!;
    const { affected } = await shop.database.execute(update, params.slice(0, update.split('?').length - 1));
    return affected === 1;
  }

  it.each([
    ['is new', {}],
    ['has been applied before payment', { last_applied: Paying, gateway_state: Paying }],
    ['has its gateway number already', { gateway_id: 'P1' }],
    ['was reported as paid by a query', { gateway_state: Success }],
  ])('moves where it %s', async (_, row) => {
    expect(await isMoved(row)).toBe(true);
    expect(await shop.row('order')).toMatchObject({ last_applied: Success, gateway_state: Success, gateway_id: 'P1' });
  });

  it.each([
    ['has another amount', { amount: 6 }],
    ['has another currency', { currency: 'CNY' }],
    ['has another app', { app_id: 'A2' }],
    ['has another spelling', { mch_order_no: 'o1' }],
    ['has another gateway number', { gateway_id: 'P2' }],
    ['is being created', { status: 'creating' }],
    ['has a success to apply', { success_to_apply: 1 }],
    ['was adopted', { adopted: 1 }],
    ['was applied already', { last_applied: Success }],
    ['was closed', { last_applied: Closed }],
    ['was reported as closed', { gateway_state: Closed }],
    ['belongs to another instance', { instance: 'eu' }],
  ])('does not move where it %s', async (_, row) => {
    expect(await isMoved(row)).toBe(false);
  });
});
