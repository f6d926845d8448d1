import type { Erasure, ForgottenCustomer } from '../erasure/erasure.js';
import { Pass2PayConfigError, Pass2PayValidationError, type ValidationIssue } from '../../errors/pass2pay.errors.js';
import type { MerchantDirectory } from '../../merchants/merchant-directory.js';
import { readImportedOrders, type ImportedOrder, type OrderToImport } from './imported-order.js';
import type { ImportResult, OrderImport } from './order-import.js';
import { readListOptions, writePlace, type OrderListOptions, type OrderPage } from './order-list.js';
import { text } from '../../validation/checks.js';
import { issuesOf } from '../../validation/issues.js';
import { optional, required, Rule } from '../../validation/rule.js';
import type { StoredOrder, StoredOrders } from './stored-orders.js';

/** Maximum number of orders per import, which is one transaction. */
const MAX_ORDERS = 1_000;

/** The customer whose data to erase. */
class CustomerToForget {
  @Rule(required('the customer number of the orders', text(64)))
  custNo!: string;

  @Rule(optional(text(30)))
  mchNo?: string;
}

interface OrdersTable {
  imports: OrderImport;
  stored: StoredOrders;
  erasure: Erasure;
}

/** The orders and transfers in the application's database. */
export class Pass2PayOrders {
  constructor(
    private readonly table: OrdersTable | undefined,
    private readonly merchants: MerchantDirectory,
  ) {}

  /**
   * Imports orders that were created before the module was used, or by another service; their outcomes are then
   * compared and handled like all others. Up to 1,000 at a time, all in one transaction or none. Importing the same
   * values again changes nothing, unless `lastApplied` is higher. Events that were stored before the import are then
   * handled.
   *
   * @throws Pass2PayValidationError with every issue, such as `orders[3].amount is the string "100"; …`; nothing was
   * imported.
   * @throws Pass2PayOrderConflictError when the table has one of them with different values; nothing was imported.
   * @throws Pass2PayConfigError without the option `database`.
   */
  async import(orders: readonly ImportedOrder[]): Promise<ImportResult> {
    const { imports } = this.demandTable();
    if (!Array.isArray(orders) || orders.length > MAX_ORDERS) {
      const message = `orders must be an array of up to ${MAX_ORDERS}; split larger imports into several calls`;
      throw new Pass2PayValidationError([{ field: 'orders', message }]);
    }
    const read = readImportedOrders(orders);
    const issues = read.issues.length > 0 ? read.issues : await this.merchantIssues(read.orders);
    if (issues.length > 0) throw new Pass2PayValidationError(issues);
    return imports.import(read.orders);
  }

  /**
   * Returns the order or transfer with a number; case and trailing spaces are ignored, as by the gateway. Undefined if
   * it is not in the table.
   *
   * @throws Pass2PayConfigError without the option `database`.
   */
  async find(order: {
    kind?: 'payment' | 'transfer';
    mchNo: string;
    mchOrderNo: string;
  }): Promise<StoredOrder | undefined> {
    const { kind = 'payment', mchNo, mchOrderNo } = order;
    return this.demandTable().stored.find({ kind, mchNo, mchOrderNo });
  }

  /**
   * Lists orders and transfers without a successful create, oldest first, by status: `unknown`: may or may not exist;
   * `never-made`; `creating`; `refused`.
   *
   * ```ts
   * for (let after: string | undefined; ; ) {
   *   const { orders, next } = await pass2payOrders.list({ status: 'unknown', ...(after && { after }) });
   *   …
   *   if (next === undefined) break;
   *   after = next;
   * }
   * ```
   *
   * @throws Pass2PayValidationError with every issue of the options.
   * @throws Pass2PayConfigError without the option `database`.
   */
  async list(options: OrderListOptions): Promise<OrderPage> {
    const { stored } = this.demandTable();
    const { status, limit, after } = readListOptions(options);
    const found = await stored.list(status, { after, most: limit + 1 });
    const page = found.slice(0, limit);
    const next = found.length > limit ? writePlace(page.at(-1)!.place) : undefined;
    return { orders: page.map(({ order }) => order), ...(next !== undefined && { next }) };
  }

  /**
   * Erases a customer's data immediately, for all merchants or one: `custNo` and the stored response of each order and
   * transfer, and the fields of their outcomes except states, amounts, numbers, times and codes. The last state of an
   * order is kept. Later events are handled as usual, and erased after `keepDays`. Pending handler work keeps its
   * fields until it has ended; a running process then erases them within ten minutes.
   *
   * Do not call it in a handler: it would wait for the order that the handler's transaction has locked.
   *
   * @param custNo the `custNo` of the orders
   * @throws Pass2PayValidationError for an invalid custNo or mchNo.
   * @throws what the database throws, such as when an order is locked for longer than `lockTimeoutMs`; call it again to
   * continue.
   * @throws Pass2PayConfigError without the option `database`.
   */
  async forgetCustomer(custNo: string, { mchNo }: { mchNo?: string } = {}): Promise<ForgottenCustomer> {
    const { erasure } = this.demandTable();
    const issues = issuesOf(Object.assign(new CustomerToForget(), { custNo, mchNo }));
    if (issues.length > 0) throw new Pass2PayValidationError(issues);
    return erasure.forget(custNo, mchNo);
  }

  /** An order of an unknown merchant would never get an outcome. */
  private async merchantIssues(orders: readonly OrderToImport[]): Promise<ValidationIssue[]> {
    const issues: ValidationIssue[] = [];
    for (const { path, mchNo, appId } of orders) {
      if ((await this.merchants.forNotify(mchNo, appId)) !== undefined) continue;
      const message = `${path}.appId ${appId} of merchant ${mchNo} is unknown to the module; configure it, or import the order into the instance that has it`;
      issues.push({ field: `${path}.appId`, message });
    }
    return issues;
  }

  private demandTable(): OrdersTable {
    if (this.table !== undefined) return this.table;
    const message = 'database is required for Pass2PayOrders, which reads and writes the order table; set it';
    throw new Pass2PayConfigError([{ field: 'database', message }]);
  }
}
