import type { NewOrder, OrderStatus } from '../../client/order-store.js';
import { comparedOrderNumber } from '../../protocol/order-number.js';
import { classify, gatewayStateAfter, isFinalState, isSuccess } from '../../protocol/state-order.js';
import { ORDER_KEY } from './order-row.js';
import { placeholders } from '../placeholders.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlExecutor, SqlValue } from '../sql-database.js';

/** An order that is not in the table yet. */
export interface OrderToInsert extends Omit<NewOrder, 'expiresInS' | 'custNo'> {
  /** If known. */
  custNo?: string | undefined;
  status: OrderStatus;
  gatewayId?: string | undefined;
  gatewayState?: number | undefined;
  lastApplied?: number | undefined;
  /** Whether its amount and currency are known only from the gateway's query. */
  isAdopted?: boolean;
  /** When it expires at the gateway, in ms since 1970, if known. */
  expiresAt?: number | undefined;
  /** End of the create's lease, in ms since 1970; undefined: no create is in progress. */
  creatingUntil?: number | undefined;
  /** When the reconciler checks it next, in ms since 1970; undefined: never. */
  nextCheckAt?: number | undefined;
}

/** @throws what the library throws, such as when the table already contains the number or the gateway's number. */
export async function insertOrder(
  executor: SqlExecutor,
  tables: Tables,
  instance: string,
  order: OrderToInsert,
): Promise<void> {
  const now = Date.now();
  const row: Record<string, SqlValue> = {
    instance,
    kind: order.kind,
    mch_no: order.mchNo,
    compared_no: comparedOrderNumber(order.mchOrderNo),
    mch_order_no: order.mchOrderNo,
    app_id: order.appId,
    gateway_id: order.gatewayId ?? null,
    amount: order.amount,
    currency: order.currency,
    cust_no: order.custNo ?? null,
    checkout_key: order.checkoutKey ?? null,
    status: order.status,
    gateway_state: order.gatewayState ?? null,
    last_applied: order.lastApplied ?? null,
    adopted: order.isAdopted === true ? 1 : 0,
    created_at: now,
    expires_at: order.expiresAt ?? null,
    creating_until: order.creatingUntil ?? null,
    next_check_at: order.nextCheckAt ?? null,
    checks: 0,
    kept_since: order.custNo === undefined ? null : now,
  };
  const columns = Object.keys(row);
  await executor.execute(
    `INSERT INTO ${tables.order} (${columns.join(', ')}) VALUES (${placeholders(columns)})`,
    Object.values(row),
  );
}

/**
 * Inserts an order that may already have stored events: their gateway states count, so that a late payment is late, and
 * no lower state is delivered before a waiting payment. Unless its final state was applied, it will be queried.
 *
 * @throws as `insertOrder` does.
 */
export async function insertNamedOrder(
  executor: SqlExecutor,
  tables: Tables,
  instance: string,
  order: OrderToInsert,
): Promise<void> {
  const { kind, mchNo, mchOrderNo, lastApplied } = order;
  const hasEnded = lastApplied !== undefined && isFinalState(kind, lastApplied);
  // The order first, then its outcomes: the lock order of deliveries.
  await insertOrder(executor, tables, instance, { ...order, ...(!hasEnded && { nextCheckAt: Date.now() }) });
  const key = [instance, kind, mchNo, comparedOrderNumber(mchOrderNo)];
  const { rows } = await executor.execute(
    `SELECT state FROM ${tables.outcome} WHERE ${ORDER_KEY} AND result IN (${KEPT}) ORDER BY id`,
    key,
  );
  const states = rows.map(({ state }) => Number(state));
  if (states.length === 0) return;
  const said = states.reduce<number | undefined>(
    (known, state) => gatewayStateAfter(kind, known, state),
    order.gatewayState,
  );
  const hasSuccess = states.some((state) => isSuccess(kind, state) && classify(kind, state, { lastApplied }) === 'new');
  await executor.execute(`UPDATE ${tables.order} SET gateway_state = ?, success_to_apply = ? WHERE ${ORDER_KEY}`, [
    said ?? null,
    hasSuccess ? 1 : 0,
    ...key,
  ]);
}

/** The results of outcomes that are waiting for their order. */
const KEPT = "'failed', 'dead'";
