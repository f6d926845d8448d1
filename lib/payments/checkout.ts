import type { CallOptions } from '../client/call.js';
import { messageOf } from '../errors/message-of.js';
import { Pass2PayAlreadyPaidError, Pass2PayApiError, Pass2PayOrderConflictError } from '../errors/pass2pay.errors.js';
import { differencesOf } from '../protocol/compare-terms.js';
import { ORDER_NOT_FOUND } from '../protocol/gateway-messages.js';
import { isFinal } from '../protocol/order-state.js';
import { isPaidState } from '../protocol/state-order.js';
import { CashierOrder } from './cashier-order.dto.js';
import { newCheckoutNumber } from './checkout-number.js';
import type { CheckoutEntry, CheckoutOrder, CheckoutStore, CheckoutTerms } from './checkout-store.js';
import type { OutcomeSink } from './order-ports.js';
import type { PaymentEvent } from './payment-event.js';
import type { PaymentOrder } from './payment-order.dto.js';
import type { PaymentQuery } from './payment-query.js';

/** Minimum remaining lifetime of an order that is returned, in ms, so that the payer has time to pay. */
const LEAST_MS = 60_000;

/** The dependencies of checkouts. */
export interface CheckoutPorts {
  store: CheckoutStore;
  sink: OutcomeSink<PaymentEvent>;
  warn: (message: string) => void;
}

/** Creates the order with that number, or joins its create. */
type Create = (mchOrderNo: string) => Promise<CashierOrder>;

/**
 * One open order for each key. No lock is held while the gateway is called: a new number for a key is set by
 * compare-and-set, and a call that finds a number joins its create.
 */
export class Checkout {
  /** The current calls of this process: concurrent calls with the same terms share one. */
  private readonly underWay = new Map<string, Promise<CashierOrder>>();

  constructor(
    private readonly query: PaymentQuery,
    private readonly ports: CheckoutPorts,
  ) {}

  /**
   * Returns the order under the key, and creates it if there is none that can be paid. One call replaces at most one
   * order.
   *
   * @throws as `CashierService.checkout` does.
   */
  async run(terms: CheckoutTerms, create: Create, options: CallOptions): Promise<CashierOrder> {
    // A call that its caller can abort is not shared.
    if (options.signal !== undefined) return this.runAlone(terms, create, options);
    const { mchNo, appId, key, amount, currency } = terms;
    const name = JSON.stringify([mchNo, appId, key, amount, currency]);
    const shared = this.underWay.get(name);
    if (shared !== undefined) return Object.assign(new CashierOrder(), await shared, { recovered: true });
    const own = this.runAlone(terms, create, options).finally(() => this.underWay.delete(name));
    this.underWay.set(name, own);
    return own;
  }

  private async runAlone(terms: CheckoutTerms, create: Create, options: CallOptions): Promise<CashierOrder> {
    const entry = await this.enter(terms);
    const current = await this.current(terms, entry, create, options);
    if (current !== undefined) return current;
    await this.ports.store.replace(terms, entry.mchOrderNo, newCheckoutNumber());
    // If another call was faster, its order.
    const { mchOrderNo } = await this.enter(terms);
    return this.give(terms, mchOrderNo, create);
  }

  private async enter(terms: CheckoutTerms): Promise<CheckoutEntry> {
    const entry = await this.ports.store.enter(terms, newCheckoutNumber());
    const { mchOrderNo, paidNo } = entry;
    const { amount, currency, appId } = terms;
    const differences = differencesOf(entry, { amount, currency, appId });
    if (differences.length > 0) {
      const remedy = `Use a new key: the terms of ${terms.key} cannot change, because the gateway cannot close an order.`;
      throw new Pass2PayOrderConflictError(differences, { mchOrderNo, remedy });
    }
    if (paidNo !== undefined) throw new Pass2PayAlreadyPaidError(terms.key, { mchOrderNo: paidNo });
    return entry;
  }

  /** The current order of the key; undefined if it has ended, or ends soon, and must be replaced. */
  private async current(
    terms: CheckoutTerms,
    { mchOrderNo, order }: CheckoutEntry,
    create: Create,
    options: CallOptions,
  ): Promise<CashierOrder | undefined> {
    if (order?.status === 'created' || order?.status === 'never-made') {
      const canBePaid = isOpen(order) || (await this.isOpenAtGateway(terms, mchOrderNo, order, options));
      return canBePaid ? this.give(terms, mchOrderNo, create) : undefined;
    }
    const given = await this.give(terms, mchOrderNo, create);
    // If the create of this call, or a concurrent one, fails at once, it is not repeated with another number, because
    // the payer may still pay it. The next call replaces it.
    return order?.status === 'unknown' && isFinal(given.state) ? undefined : given;
  }

  private async give({ key }: CheckoutTerms, mchOrderNo: string, create: Create): Promise<CashierOrder> {
    const order = await create(mchOrderNo);
    if (isPaidState('payment', order.state)) throw new Pass2PayAlreadyPaidError(key, { mchOrderNo });
    return order;
  }

  /**
   * Queries an order that seems to have ended, because a payment may have arrived without a notify yet.
   *
   * @throws Pass2PayError when its state is unknown: it may be paid.
   */
  private async isOpenAtGateway(
    { key }: CheckoutTerms,
    mchOrderNo: string,
    order: CheckoutOrder,
    options: CallOptions,
  ): Promise<boolean> {
    let data: PaymentOrder;
    try {
      data = await this.query.find({ mchOrderNo }, options);
    } catch (error) {
      if (isNotFound(error) && (order.status === 'never-made' || hasExpired(order))) return false;
      throw error;
    }
    if (!isFinal(data.state)) return leftMs(order) >= LEAST_MS;
    if (data.state !== order.lastApplied) await this.deliver(data);
    if (isPaidState('payment', data.state)) throw new Pass2PayAlreadyPaidError(key, { mchOrderNo });
    return false;
  }

  private async deliver(data: PaymentOrder): Promise<void> {
    try {
      await this.ports.sink.deliver({ kind: 'payment', data, source: 'query' });
    } catch (error) {
      const what = `The final state of ${data.mchOrderNo} could not be processed; its notify or a later query will report it again`;
      this.ports.warn(`${what}: ${messageOf(error)}`);
    }
  }
}

/** Based on what is stored. */
function isOpen(order: CheckoutOrder): boolean {
  const { status, gatewayState } = order;
  const isSaidOpen = gatewayState !== undefined && !isFinal(gatewayState);
  return status === 'created' && isSaidOpen && leftMs(order) >= LEAST_MS;
}

function hasExpired(order: CheckoutOrder): boolean {
  return leftMs(order) <= 0;
}

function leftMs({ expiresAt = 0 }: CheckoutOrder): number {
  return expiresAt - Date.now();
}

function isNotFound(error: unknown): boolean {
  return error instanceof Pass2PayApiError && ORDER_NOT_FOUND.test(error.gatewayMessage);
}
