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

/** How many orders one import takes: they are written in one transaction. */
const MAX_ORDERS = 1_000;

/** Whose data to erase. */
class CustomerToForget {
  @Rule(required('the number of the customer that the orders were made with', text(64)))
  custNo!: string;

  @Rule(optional(text(30)))
  mchNo?: string;
}

interface OrdersTable {
  imports: OrderImport;
  stored: StoredOrders;
  erasure: Erasure;
}

/** The orders and transfers that the module keeps in the application's database. */
export class Pass2PayOrders {
  constructor(
    private readonly table: OrdersTable | undefined,
    private readonly merchants: MerchantDirectory,
  ) {}

  /**
   * Makes orders known that were made before the module, or by another service: their outcomes are then compared and handled
   * like those of its own. Up to 1,000 at a time, all in one transaction or none. The same values again change nothing, unless
   * `lastApplied` has gone further; what was told of an order before its import, and kept, is then handled.
   *
   * @throws Pass2PayValidationError with every issue, such as `orders[3].amount is the string "100"; …`; nothing was written.
   * @throws Pass2PayOrderConflictError where the table has one of them with other values; nothing was written.
   * @throws Pass2PayConfigError without the option `database`.
   */
  async import(orders: readonly ImportedOrder[]): Promise<ImportResult> {
    const { imports } = this.demandTable();
    if (!Array.isArray(orders) || orders.length > MAX_ORDERS) {
      const message = `orders must be an array of up to ${MAX_ORDERS}; import more of them in several calls`;
      throw new Pass2PayValidationError([{ field: 'orders', message }]);
    }
    const read = readImportedOrders(orders);
    const issues = read.issues.length > 0 ? read.issues : await this.merchantIssues(read.orders);
    if (issues.length > 0) throw new Pass2PayValidationError(issues);
    return imports.import(read.orders);
  }

  /**
   * The order or transfer of a number, as the gateway compares numbers: without case and trailing spaces. Undefined where the
   * table has none.
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
   * Orders and transfers whose create has not, or not yet, made them, by what came of it, the oldest first: `unknown`: they may
   * exist or not; `never-made`; `creating`; `refused`.
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
   * Erases at once what the tables have of a customer, of all merchants or of one: `custNo` and the stored response of each order
   * and transfer, and the fields of their outcomes but for states, amounts, numbers, times and codes. The last state of an order
   * stays, and so do events that come later: they are handled as ever, and erased after `keepDays`. What handlers have yet to be
   * told keeps its fields until they have ended, and is then erased by a running process, within ten minutes.
   *
   * Not to be called in a handler: it would wait for the order that the handler's transaction has locked.
   *
   * @param custNo as the orders were made with it
   * @throws Pass2PayValidationError for a custNo or mchNo that none can be.
   * @throws what the database throws, such as where an order is locked for longer than `lockTimeoutMs`: call it again then, which
   * goes on with what is left.
   * @throws Pass2PayConfigError without the option `database`.
   */
  async forgetCustomer(custNo: string, { mchNo }: { mchNo?: string } = {}): Promise<ForgottenCustomer> {
    const { erasure } = this.demandTable();
    const issues = issuesOf(Object.assign(new CustomerToForget(), { custNo, mchNo }));
    if (issues.length > 0) throw new Pass2PayValidationError(issues);
    return erasure.forget(custNo, mchNo);
  }

  /** An order of a merchant that this instance does not know would never get an outcome. */
  private async merchantIssues(orders: readonly OrderToImport[]): Promise<ValidationIssue[]> {
    const issues: ValidationIssue[] = [];
    for (const { path, mchNo, appId } of orders) {
      if ((await this.merchants.forNotify(mchNo, appId)) !== undefined) continue;
      const message = `${path}.appId ${appId} of merchant ${mchNo} is not known to the module; configure it, or import the order into the instance that has it`;
      issues.push({ field: `${path}.appId`, message });
    }
    return issues;
  }

  private demandTable(): OrdersTable {
    if (this.table !== undefined) return this.table;
    const message = 'database is required for Pass2PayOrders, which reads and writes the table of orders; give it';
    throw new Pass2PayConfigError([{ field: 'database', message }]);
  }
}
