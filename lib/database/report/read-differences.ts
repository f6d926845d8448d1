import type { OrderDifference, ReportReason } from '../../outcomes/outcome-report.js';
import { isFinalState, type OrderKind } from '../../protocol/state-order.js';
import { OrderState } from '../../protocol/order-state.js';
import { ORDER_COLUMNS, optional, readOrderRow } from '../orders/order-row.js';
import { differsIn } from '../schema/order-conditions.js';
import type { SqlRow, SqlValue } from '../sql-database.js';
import { ownRows, type ReportScope } from './report-scope.js';

/** Rows per statement. */
const PAGE = 500;

/** Outcomes whose handlers have not committed. */
const WAITING = "('received', 'failed', 'dead')";

/** Every order whose gateway state is not applied, and every mismatch of the period. */
export async function* readDifferences(scope: ReportScope): AsyncGenerator<OrderDifference> {
  yield* differingOrders(scope);
  yield* waitingWithoutOrder(scope);
  yield* mismatches(scope);
}

/** By key, so that orders which end meanwhile do not cause others to be skipped. */
async function* differingOrders(scope: ReportScope): AsyncGenerator<OrderDifference> {
  const { database, tables, period } = scope;
  const now = Date.now();
  const [own, values] = ownRows(scope, 'ord');
  const waitingSince = `SELECT MIN(received_at) FROM ${tables.outcome} AS told WHERE told.compared_no = ord.compared_no AND told.mch_no = ord.mch_no AND told.kind = ord.kind AND told.instance = ord.instance AND told.result IN ${WAITING}`;
  // A create in progress is not unknown before its lease has ended.
  const isOver = "(status <> 'creating' OR COALESCE(next_check_at, 0) <= ?)";
  const isBehind =
    'compared_no >= ? AND (compared_no > ? OR (compared_no = ? AND (mch_no > ? OR (mch_no = ? AND kind > ?))))';
  const sql = `SELECT kind, mch_no, compared_no, ${ORDER_COLUMNS}, status, created_at, attention_at, (${waitingSince}) AS waiting_since FROM ${tables.order} AS ord WHERE ${differsIn(database.dialect)} AND ${own} AND ${isOver} AND ${isBehind} ORDER BY compared_no, mch_no, kind LIMIT ${PAGE}`;
  let last: SqlRow | undefined = { compared_no: '', mch_no: '', kind: '' };
  while (last !== undefined) {
    const [no, mchNo, kind] = [last.compared_no, last.mch_no, last.kind].map(String) as [string, string, string];
    const { rows } = await database.execute(sql, [...values, now, no, no, no, mchNo, mchNo, kind]);
    yield* rows.map(differenceOf).filter(({ since }) => since < period.to);
    last = rows.length < PAGE ? undefined : rows.at(-1);
  }
}

function differenceOf(row: SqlRow): OrderDifference {
  const { mchOrderNo, appId, gatewayId, gatewayState, lastApplied, amount, currency, hasSuccessToApply } =
    readOrderRow(row);
  // What the gateway has signed, although its query may keep contradicting it.
  const said = hasSuccessToApply ? OrderState.Success : gatewayState;
  const reason = reasonOf(row, said);
  const since = reason === 'needs-attention' ? row.attention_at : row.waiting_since;
  return {
    reason,
    kind: row.kind as OrderKind,
    mchNo: String(row.mch_no),
    appId,
    mchOrderNo,
    ...(gatewayId !== undefined && { gatewayId }),
    ...(said !== undefined && { gatewayState: said }),
    ...(lastApplied !== undefined && { lastApplied }),
    amount,
    currency: currency.toLowerCase(),
    since: new Date(optional(since, Number) ?? Number(row.created_at)),
  };
}

function reasonOf({ kind, status }: SqlRow, said: number | undefined): ReportReason {
  if (said !== undefined && isFinalState(kind as OrderKind, said)) return 'not-applied';
  if (status === 'creating' || status === 'unknown') return 'create-unknown';
  return 'needs-attention';
}

/** Outcomes that are waiting for an order which is not in the table. */
function waitingWithoutOrder(scope: ReportScope): AsyncGenerator<OrderDifference> {
  const { tables, period } = scope;
  const isKnown = `SELECT 1 FROM ${tables.order} AS ord WHERE ${SAME_ORDER}`;
  const where = `told.result IN ${WAITING} AND told.result <> 'applied' AND told.received_at < ? AND NOT EXISTS (${isKnown})`;
  return outcomes(scope, 'unknown-order', { where, values: [period.to.getTime()], from: 0 });
}

function mismatches(scope: ReportScope): AsyncGenerator<OrderDifference> {
  const { from, to } = scope.period;
  const where = "told.applied_at IS NULL AND told.result = 'mismatch' AND told.received_at < ?";
  return outcomes(scope, 'mismatch', { where, values: [to.getTime()], from: from.getTime() });
}

const SAME_ORDER =
  'ord.compared_no = told.compared_no AND ord.mch_no = told.mch_no AND ord.kind = told.kind AND ord.instance = told.instance';

/** By arrival; by id alone, a database might scan all outcomes. */
async function* outcomes(
  scope: ReportScope,
  reason: ReportReason,
  { where, values, from }: { where: string; values: readonly SqlValue[]; from: number },
): AsyncGenerator<OrderDifference> {
  const { database, tables } = scope;
  const [own, ownValues] = ownRows(scope, 'told');
  const isBehind = 'told.received_at >= ? AND (told.received_at > ? OR told.id > ?)';
  const sql = `SELECT told.id, told.kind, told.mch_no, told.state, told.amount, told.currency, told.fields, told.received_at, ord.last_applied FROM ${tables.outcome} AS told LEFT JOIN ${tables.order} AS ord ON ${SAME_ORDER} WHERE ${where} AND ${own} AND ${isBehind} ORDER BY told.received_at, told.id LIMIT ${PAGE}`;
  let last: SqlRow | undefined = { received_at: from, id: 0 };
  while (last !== undefined) {
    const [at, id] = [Number(last.received_at), Number(last.id)];
    const { rows } = await database.execute(sql, [...values, ...ownValues, at, at, id]);
    yield* rows.map((row) => toldDifference(reason, row));
    last = rows.length < PAGE ? undefined : rows.at(-1);
  }
}

/** The verified fields contain the order number in the gateway's spelling. */
function toldDifference(reason: ReportReason, row: SqlRow): OrderDifference {
  const fields = JSON.parse(String(row.fields)) as Readonly<Record<string, unknown>>;
  const kind = row.kind as OrderKind;
  const lastApplied = optional(row.last_applied, Number);
  return {
    reason,
    kind,
    mchNo: String(row.mch_no),
    appId: String(fields.appId),
    mchOrderNo: String(fields.mchOrderNo),
    gatewayId: String(kind === 'payment' ? fields.payOrderId : fields.transferId),
    gatewayState: Number(row.state),
    ...(lastApplied !== undefined && { lastApplied }),
    amount: Number(row.amount),
    currency: String(row.currency),
    since: new Date(Number(row.received_at)),
  };
}
