import type { Observable } from 'rxjs';
import { Pass2PayConfigError } from '../errors/pass2pay.errors.js';
import { ResponseFields } from '../client/response-fields.js';
import { assignGiven } from '../validation/assign-given.js';
import type { CallOptions, GatewayResponse } from '../client/call.js';
import type { GatewayClient } from '../client/gateway-client.js';
import type { OrderCreation } from './order-creation.js';
import type { OrderWatch, WatchOptions } from './order-watch.js';
import { OrderState } from '../protocol/order-state.js';
import type { OrderRef, PaymentQuery } from './payment-query.js';
import type { PaymentOrder } from './payment-order.dto.js';
import type { ResolvedClientOptions } from '../client/client.options.js';
import { lazily } from '../validation/lazily.js';
import type { ResolvedPaymentsOptions } from './payments.options.js';
import {
  isWebUrl,
  readCreatedOrder,
  recoverCreatedOrder,
  type AskedOrder,
  type CreatedOrder,
} from './read-created-order.js';
import type { CashierOrderParams } from './cashier-order-params.dto.js';
import { CashierOrder } from './cashier-order.dto.js';
import type { Checkout } from './checkout.js';
import type { CheckoutDto } from './checkout.dto.js';
import type { CreateCashierOrderDto } from './create-cashier-order.dto.js';
import type { ValidCashierOrder } from './validate-cashier-order.js';

/** Loaded lazily: queries do not need the parameter rules. */
const rules = lazily(() => import('./validate-cashier-order.js'));

/** The minimum and default lifetime of a cashier order, in s. */
const MIN_EXPIRED_TIME = 900;

/** Cashier orders: created here, paid on the gateway's page; their result arrives by notify or query. */
export class CashierService {
  constructor(
    private readonly gateway: GatewayClient,
    private readonly query: PaymentQuery,
    private readonly creation: OrderCreation,
    private readonly watch: OrderWatch,
    private readonly options: Pick<ResolvedClientOptions, 'currency'> & ResolvedPaymentsOptions,
    private readonly checkouts?: Checkout,
  ) {}

  /**
   * Creates a cashier order (api/pay/cashierOrder); send the payer to its `cashierUrl`. If the response is lost, or the
   * number is taken, the order is queried and returned as `recovered`: repeating the call with the same mchOrderNo
   * never creates a second order. With the option `database`, a call for an existing open order returns the first
   * call's result, and a call for an order that another call is creating waits for it, for at most `timeoutMs`.
   *
   * @throws Pass2PayValidationError with every issue of the order; nothing was sent.
   * @throws Pass2PayOutcomeUnknownError when the order may or may not exist.
   * @throws Pass2PayOrderConflictError when the number belongs to another order.
   * @throws Pass2PayError the errors of `GatewayClient.call`: the order was not created.
   */
  async createOrder(order: CreateCashierOrderDto, options?: CallOptions): Promise<CashierOrder> {
    const { cashierOrderToSend } = await rules();
    return this.create(this.withDefaults(cashierOrderToSend(order, this.options)), options);
  }

  /**
   * Returns the one open cashier order of a basket, identified by the basket's key, and creates it if there is none.
   * Concurrent calls, from any process, get the same order. An order that can be paid for at least another minute is
   * returned again; one that has ended, or ends sooner, is replaced with an order that has a new number, after the
   * gateway has confirmed that it is not paid. As the number changes, outcomes contain the key as `checkoutKey`.
   * Requires the option `database`. No lock is held while the gateway is called; if a process dies during a call, the
   * key waits for that create as `createOrder` does.
   *
   * An order that is Failed (3) at once may still be paid; only the next call replaces it. If a customer pays two
   * orders under one key, the second success has `duplicateOf`.
   *
   * @throws Pass2PayValidationError with every issue; nothing was sent.
   * @throws Pass2PayAlreadyPaidError when an order under the key is paid; no other order is created.
   * @throws Pass2PayOrderConflictError when the key has another amount, currency or app; use a new key.
   * @throws Pass2PayOutcomeUnknownError when the order may or may not exist; call again with the same key.
   * @throws Pass2PayConfigError without the option `database`.
   * @throws Pass2PayError the errors of `GatewayClient.call`: no order was created, also when the previous one could
   * not be queried.
   */
  async checkout(order: CheckoutDto, options: CallOptions = {}): Promise<CashierOrder> {
    if (this.checkouts === undefined) {
      const message = 'database is required for cashier.checkout, which keeps the order of each key there; give it';
      throw new Pass2PayConfigError([{ field: 'database', message }]);
    }
    const { checkoutToSend } = await rules();
    const { key, ...params } = this.withDefaults(checkoutToSend(order, this.options));
    const { mchNo, appId } = await this.gateway.merchantOf(options);
    const terms = { mchNo, appId, key, amount: params.amount, currency: params.currency };
    return this.checkouts.run(terms, (mchOrderNo) => this.create({ ...params, mchOrderNo }, options, key), options);
  }

  /**
   * Queries the order (api/pay/query). Finds the orders of all apps of the merchant.
   *
   * @throws Pass2PayApiError when the gateway does not know the order.
   * @throws Pass2PayOrderConflictError when the response is for an order whose number differs in case or trailing
   * spaces.
   * @throws Pass2PayError the errors of `GatewayClient.call`.
   */
  async queryOrder(ref: OrderRef, options?: CallOptions): Promise<PaymentOrder> {
    return this.query.find(ref, options);
  }

  /**
   * Emits the order now and whenever its state has changed, by polling with growing delays; completes after reaching a
   * state other than 0 and 1. After 3, 4 and 6 a payment can still arrive. Unsubscribe to stop.
   */
  watchOrder(ref: OrderRef, options?: WatchOptions): Observable<PaymentOrder> {
    return this.watch.watch(ref, options);
  }

  private async create(
    order: ValidCashierOrder,
    options: CallOptions | undefined,
    checkoutKey?: string,
  ): Promise<CashierOrder> {
    const asked = askedOrder(order);
    const { amount, currency, custNo } = order;
    return this.creation.create(
      { amount, currency, custNo, checkoutKey, ...asked },
      {
        send: async (call) => readCashierOrder(await this.gateway.call('cashierOrder', { ...order }, call), asked),
        recover: (existing) => asCashierOrder(recoverCreatedOrder(existing, asked)),
        empty: () => new CashierOrder(),
      },
      options,
    );
  }

  private withDefaults<Dto extends CashierOrderParams>(order: Dto): Dto {
    order.notifyUrl ??= this.options.notifyUrl;
    order.returnUrl ??= this.options.returnUrl;
    return order;
  }
}

function readCashierOrder(response: GatewayResponse, asked: AskedOrder): CashierOrder {
  const created = readCreatedOrder(response, asked);
  const wrong = (what: string) => new ResponseFields(response).wrong(what);
  const { payData, state } = created;
  if (payData === undefined && state !== OrderState.Failed) throw wrong('lacks payData, the URL of the cashier page');
  if (payData !== undefined && !isWebUrl(payData)) throw wrong('has a payData that is not an http or https URL');
  return asCashierOrder(created);
}

// `cashierUrl` comes first: after the spread members it takes 4 µs on Node 20.
function asCashierOrder({ payData: cashierUrl, ...order }: CreatedOrder): CashierOrder {
  return assignGiven(new CashierOrder(), { cashierUrl, ...order });
}

function askedOrder({ mchOrderNo, expiredTime = 0 }: CreateCashierOrderDto): AskedOrder {
  return { mchOrderNo, expiresInS: Math.max(expiredTime, MIN_EXPIRED_TIME) };
}
