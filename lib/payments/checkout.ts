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

/** How long an order must stay open to be given out, in ms: a payer needs that much to pay. */
const LEAST_MS = 60_000;

/** What checkouts stand on. */
export interface CheckoutPorts {
  store: CheckoutStore;
  sink: OutcomeSink<PaymentEvent>;
  warn: (message: string) => void;
}

/** Makes the order of that number, or joins it. */
type Create = (mchOrderNo: string) => Promise<CashierOrder>;

/**
 * One open order for each key. Nothing is locked while the gateway is called: who chooses a new number for a key does so by
 * compare and set, and who finds a number there joins its create.
 */
export class Checkout {
  /** The calls of this process: what is called at the same time with the same terms shares one, however often it is. */
  private readonly underWay = new Map<string, Promise<CashierOrder>>();

  constructor(
    private readonly query: PaymentQuery,
    private readonly ports: CheckoutPorts,
  ) {}

  /**
   * Gives out the order under the key, and makes it where there is none that can be paid. One call replaces at most one order.
   *
   * @throws as `CashierService.checkout` does.
   */
  async run(terms: CheckoutTerms, create: Create, options: CallOptions): Promise<CashierOrder> {
    // A call that its caller can end is not shared.
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
    // Where another call was faster, its order.
    const { mchOrderNo } = await this.enter(terms);
    return this.give(terms, mchOrderNo, create);
  }

  private async enter(terms: CheckoutTerms): Promise<CheckoutEntry> {
    const entry = await this.ports.store.enter(terms, newCheckoutNumber());
    const { mchOrderNo, paidNo } = entry;
    const { amount, currency, appId } = terms;
    const differences = differencesOf(entry, { amount, currency, appId });
    if (differences.length > 0) {
      const remedy = `Use a new key: ${terms.key} stays as it is, since the gateway cannot close an order.`;
      throw new Pass2PayOrderConflictError(differences, { mchOrderNo, remedy });
    }
    if (paidNo !== undefined) throw new Pass2PayAlreadyPaidError(terms.key, { mchOrderNo: paidNo });
    return entry;
  }

  /** The order that stands under the key; undefined where it has ended, or ends soon, and is to be replaced. */
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
    // A create of this call, or one at the same time, that fails at once is not made again under another number: the payer may
    // still pay it. The next call replaces it.
    return order?.status === 'unknown' && isFinal(given.state) ? undefined : given;
  }

  private async give({ key }: CheckoutTerms, mchOrderNo: string, create: Create): Promise<CashierOrder> {
    const order = await create(mchOrderNo);
    if (isPaidState('payment', order.state)) throw new Pass2PayAlreadyPaidError(key, { mchOrderNo });
    return order;
  }

  /**
   * Asks the gateway about an order that seems to have ended: a payment may have come in that no notify has told yet.
   *
   * @throws Pass2PayError where the gateway does not say how it stands: it may be paid.
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
      const what = `The final state of ${data.mchOrderNo} could not be handed on; its notify or a later query repeats it`;
      this.ports.warn(`${what}: ${messageOf(error)}`);
    }
  }
}

/** By what is stored. */
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
