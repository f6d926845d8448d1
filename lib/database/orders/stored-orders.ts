import { comparedOrderNumber } from '../../protocol/order-number.js';
import type { OrderIdentity } from '../../protocol/order-identity.js';
import type { OrderStatus } from '../../client/order-store.js';
import { optional, ORDER_COLUMNS, ORDER_KEY, readOrderRow } from './order-row.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlRow, SqlValue } from '../sql-database.js';

/** A stored order or transfer. */
export interface StoredOrder extends OrderIdentity {
  /** payOrderId or transferId, once known. */
  gatewayId?: string;
  /** Minor units. */
  amount: number;
  currency: string;
  /** The merchant's customer number, until it is erased; see `keepDays`. */
  custNo?: string;
  /** The key passed to `cashier.checkout`, for orders that it created. */
  checkoutKey?: string;
  /**
   * The status of its create. `creating`: in progress; `unknown`: may or may not exist; `refused`: not created;
   * `never-made`: the gateway did not know it a day after it would have expired.
   */
  status: OrderStatus;
  /** The gateway's last state. */
  gatewayState?: number;
  /** The last state whose handlers committed. */
  lastApplied?: number;
  /** Whether its amount and currency are known only from the gateway's query; see `adoptUnknownOrders`. */
  adopted: boolean;
  /** When the row was inserted. */
  createdAt: Date;
  /** When it expires at the gateway; its latest possible expiry while its create is unconfirmed. */
  expiresAt?: Date;
  /** When it is queried next; undefined: never. */
  nextCheckAt?: Date;
}

/** Search criteria: a number or a customer, and optional others. */
export type OrderSearch = { mchNo?: string; kind?: StoredOrder['kind'] } & (
  { mchOrderNo: string; custNo?: undefined } | { custNo: string; mchOrderNo?: undefined }
);

/** The position of an order in the list of its status. */
export type ListPlace = readonly [createdAt: number, comparedNo: string, mchNo: string, kind: string];

/** Reads orders and transfers of one instance. */
export class StoredOrders {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
  ) {}

  /** Undefined if it is not in the table. */
  async find({ kind, mchNo, mchOrderNo }: Omit<OrderIdentity, 'appId'>): Promise<StoredOrder | undefined> {
    const { rows } = await this.database.execute(`SELECT ${COLUMNS} FROM ${this.tables.order} WHERE ${ORDER_KEY}`, [
      this.instance,
      kind,
      mchNo,
      comparedOrderNumber(mchOrderNo),
    ]);
    return rows[0] && storedOrder(rows[0]);
  }

  /** Orders and transfers with a number, or of a customer; sorted by merchant and expiry. */
  async search({ mchOrderNo, custNo, mchNo, kind }: OrderSearch, most: number): Promise<StoredOrder[]> {
    const given = { compared_no: mchOrderNo && comparedOrderNumber(mchOrderNo), cust_no: custNo, mch_no: mchNo, kind };
    const named = Object.entries({ ...given, instance: this.instance }).filter(([, value]) => value !== undefined);
    const where = named.map(([column]) => `${column} = ?`).join(' AND ');
    const { rows } = await this.database.execute(
      `SELECT ${COLUMNS} FROM ${this.tables.order} WHERE ${where} ORDER BY mch_no, expires_at LIMIT ${Math.trunc(most)}`,
      named.map(([, value]) => value as string),
    );
    return rows.map(storedOrder);
  }

  /**
   * Orders with a status, oldest first.
   *
   * @param after the position of the caller's last order
   */
  async list(
    status: OrderStatus,
    { after, most }: { after: ListPlace | undefined; most: number },
  ): Promise<{ order: StoredOrder; place: ListPlace }[]> {
    const params: SqlValue[] = [status, this.instance];
    if (after !== undefined) params.push(after[0], ...after);
    const { rows } = await this.database.execute(
      // The condition is repeated so that each database starts at the position by index.
      `SELECT ${COLUMNS} FROM ${this.tables.order} WHERE status = ? AND status <> 'created' AND instance = ?${after === undefined ? '' : ` AND created_at >= ? AND (${PLACE}) > (?, ?, ?, ?)`} ORDER BY ${PLACE} LIMIT ${Math.trunc(most)}`,
      params,
    );
    return rows.map((row) => ({ order: storedOrder(row), place: placeOf(row) }));
  }
}

const PLACE = 'created_at, compared_no, mch_no, kind';
const COLUMNS = `${ORDER_COLUMNS}, cust_no, kind, mch_no, compared_no, created_at, expires_at, next_check_at`;

function placeOf(row: SqlRow): ListPlace {
  return [Number(row.created_at), String(row.compared_no), String(row.mch_no), String(row.kind)];
}

function storedOrder(row: SqlRow): StoredOrder {
  const {
    hasSuccessToApply: _,
    isAdopted,
    gatewayId,
    checkoutKey,
    gatewayState,
    lastApplied,
    ...rest
  } = readOrderRow(row);
  const time = (value: unknown) => optional(value, (ms) => new Date(Number(ms)));
  const custNo = optional(row.cust_no, String);
  const expiresAt = time(row.expires_at);
  const nextCheckAt = time(row.next_check_at);
  return {
    kind: String(row.kind) as StoredOrder['kind'],
    mchNo: String(row.mch_no),
    ...rest,
    ...(custNo !== undefined && { custNo }),
    ...(gatewayId !== undefined && { gatewayId }),
    ...(checkoutKey !== undefined && { checkoutKey }),
    ...(gatewayState !== undefined && { gatewayState }),
    ...(lastApplied !== undefined && { lastApplied }),
    adopted: isAdopted,
    createdAt: new Date(Number(row.created_at)),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(nextCheckAt !== undefined && { nextCheckAt }),
  };
}
