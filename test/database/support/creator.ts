import { longestCreateMs } from '../../../lib/client/create-time.js';
import { IdempotentCreate } from '../../../lib/client/idempotent-create.js';
import type { CreateResult, CreateStart, NewOrder, OrderStore } from '../../../lib/client/order-store.js';
import { Retries } from '../../../lib/client/policies/retry.js';
import { OrderTable } from '../../../lib/database/orders/order-table.js';
import { StoredOrders, type StoredOrder } from '../../../lib/database/orders/stored-orders.js';
import type { Tables } from '../../../lib/database/schema/schema-names.js';
import type { SqlDatabase } from '../../../lib/database/sql-database.js';
import { Pass2PayClient } from '../../../lib/pass2pay-client/index.js';
import { resolveOptions, type Pass2PayOptions } from '../../../lib/pass2pay.options.js';
import type { CashierOrder } from '../../../lib/payments/cashier-order.dto.js';
import { CashierService } from '../../../lib/payments/cashier.service.js';
import type { CreatedPayment } from '../../../lib/payments/created-payment.dto.js';
import { OrderCreation } from '../../../lib/payments/order-creation.js';
import { OrderWatch } from '../../../lib/payments/order-watch.js';
import { PaymentQuery } from '../../../lib/payments/payment-query.js';
import { PaymentService } from '../../../lib/payments/payment.service.js';
import type { CreatedTransfer } from '../../../lib/transfers/created-transfer.dto.js';
import { TransferQuery } from '../../../lib/transfers/transfer-query.js';
import { TransferService } from '../../../lib/transfers/transfer.service.js';
import type { MerchantOptions } from '../../../lib/merchants/merchant.js';

/** When the process of a create ends: once its row is written, or once the gateway has responded. */
export type Death = 'before sending' | 'before the result is written';

const KINDS = { cashier: 'payment', payment: 'payment', transfer: 'transfer' } as const;

export type CreateKind = keyof typeof KINDS;

type Created = CashierOrder | CreatedPayment | CreatedTransfer;

/** A process that makes orders and transfers, as the module has it make them, and that can be killed at a point. */
export class Creator {
  readonly warnings: string[] = [];
  private death: { at: Death; die(): void } | undefined;
  private readonly client: Pass2PayClient;
  private readonly services: { cashier: CashierService; payment: PaymentService; transfer: TransferService };
  private readonly stored: StoredOrders;

  constructor(
    database: SqlDatabase,
    tables: Tables,
    private readonly merchant: MerchantOptions,
    given: Omit<Pass2PayOptions, 'merchants'>,
  ) {
    const options = { retries: 0, merchants: [merchant], ...given };
    const resolved = resolveOptions(options);
    this.client = new Pass2PayClient(options);
    const { gateway } = this.client;
    const table = new OrderTable(database, tables, '', {
      ...resolved.databaseLimits,
      longestMs: longestCreateMs(resolved),
      waitMs: resolved.timeoutMs,
      afterMs: resolved.reconcile.afterMs,
    });
    this.stored = new StoredOrders(database, tables, '');
    const ports = { store: this.mortal(table), warn: (message: string) => this.warnings.push(message) };
    const create = new IdempotentCreate(new Retries(resolved));
    const query = new PaymentQuery(gateway);
    const creation = new OrderCreation(gateway, query, create, ports);
    const watch = new OrderWatch(query);
    this.services = {
      cashier: new CashierService(gateway, query, creation, watch, resolved),
      payment: new PaymentService(gateway, query, creation, watch, resolved),
      transfer: new TransferService(gateway, new TransferQuery(gateway), create, resolved, ports),
    };
  }

  /** Has the process end within its next create, whose promise never settles. @returns what resolves when it has */
  async dies(at: Death): Promise<void> {
    await new Promise<void>((resolve) => {
      this.death = { at, die: resolve };
    });
  }

  /** Takes back what `dies` has been told. */
  survives(): void {
    this.death = undefined;
  }

  async create(
    kind: CreateKind,
    mchOrderNo: string,
    changes: { amount?: number; currency?: string; accountNo?: string } = {},
    signal?: AbortSignal,
  ): Promise<Created> {
    const { accountNo = '6222020200112233445', ...terms } = changes;
    const order = { mchOrderNo, amount: 100, custNo: 'C200492312', ...terms };
    const registerTime = 1_622_016_572_190;
    const clientIp = '210.73.10.148';
    const options = signal && { signal };
    if (kind === 'cashier') return this.services.cashier.createOrder({ ...order, registerTime }, options);
    if (kind === 'transfer') {
      return this.services.transfer.createTransfer({ ...order, clientIp, accountNo }, options);
    }
    return this.services.payment.createOrder({ ...order, registerTime, clientIp, wayCode: 'ALI_QR' }, options);
  }

  async find(kind: CreateKind, mchOrderNo: string): Promise<StoredOrder | undefined> {
    return this.stored.find({ kind: KINDS[kind], mchNo: this.merchant.mchNo, mchOrderNo });
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private mortal(table: OrderTable): OrderStore {
    const dies = async (at: Death): Promise<void> => {
      if (this.death?.at !== at) return;
      this.death.die();
      this.death = undefined;
      await new Promise(() => {});
    };
    return {
      creating: async (order: NewOrder, signal?: AbortSignal): Promise<CreateStart> => {
        const start = await table.creating(order, signal);
        await dies('before sending');
        return start;
      },
      settled: async (order: NewOrder, result: CreateResult, start: CreateStart): Promise<void> => {
        await dies('before the result is written');
        await table.settled(order, result, start);
      },
    };
  }
}
