import { ResponseFields } from '../client/response-fields.js';
import { assignGiven } from '../validation/assign-given.js';
import type { CallOptions, GatewayResponse } from '../client/call.js';
import type { GatewayClient } from '../client/gateway-client.js';
import type { OrderCreation } from './order-creation.js';
import { readCreatedOrder, recoverCreatedOrder, type AskedOrder } from './read-created-order.js';
import type { OrderParams } from './order-params.dto.js';
import type { OrderWatch, WatchOptions } from './order-watch.js';
import type { OrderRef, PaymentQuery } from './payment-query.js';
import type { Observable } from 'rxjs';
import type { PaymentOrder } from './payment-order.dto.js';
import type { ResolvedClientOptions } from '../client/client.options.js';
import { lazily } from '../validation/lazily.js';
import type { ResolvedPaymentsOptions } from './payments.options.js';
import type { CreateCryptoOrderDto } from './create-crypto-order.dto.js';
import type { CreatePaymentOrderDto } from './create-payment-order.dto.js';
import { CreatedPayment } from './created-payment.dto.js';

/** Loaded lazily: queries do not need the parameter rules. */
const rules = lazily(() => import('./validate-payment-order.js'));

/** Default lifetime of an order, in s. Source: protocol §8. */
const DEFAULT_EXPIRED_TIME = 7200;

/** The fixed values that the gateway documents. Source: protocol §8. */
const FIXED_SUBJECT = '商品';
const FIXED_BODY = '0';

/** Payment orders whose payment method the merchant chooses, and crypto orders. */
export class PaymentService {
  constructor(
    private readonly gateway: GatewayClient,
    private readonly query: PaymentQuery,
    private readonly creation: OrderCreation,
    private readonly watch: OrderWatch,
    private readonly options: Pick<ResolvedClientOptions, 'currency'> & ResolvedPaymentsOptions,
  ) {}

  /**
   * Creates a payment order with a fixed payment method (api/pay/unifiedOrder). Repeating the call with the same
   * mchOrderNo never creates a second order; see `CashierService.createOrder`.
   *
   * @throws Pass2PayValidationError with every issue of the order; nothing was sent.
   * @throws Pass2PayOutcomeUnknownError when the order may or may not exist.
   * @throws Pass2PayOrderConflictError when the number belongs to another order.
   * @throws Pass2PayError the errors of `GatewayClient.call`: the order was not created.
   */
  async createOrder(order: CreatePaymentOrderDto, options?: CallOptions): Promise<CreatedPayment> {
    const { validatePaymentOrder } = await rules();
    const valid = validatePaymentOrder(order);
    valid.currency ??= this.options.currency;
    valid.subject ??= FIXED_SUBJECT;
    valid.body ??= FIXED_BODY;
    return this.create('unifiedOrder', valid as Sent<CreatePaymentOrderDto>, options);
  }

  /**
   * Creates an order to be paid with a coin (api/pay/cryptoOrder).
   *
   * @throws as `createOrder` does.
   */
  async createCryptoOrder(order: CreateCryptoOrderDto, options?: CallOptions): Promise<CreatedPayment> {
    const { validateCryptoOrder } = await rules();
    const valid = validateCryptoOrder(order);
    return this.create('cryptoOrder', valid as Sent<CreateCryptoOrderDto>, options);
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
    endpoint: 'unifiedOrder' | 'cryptoOrder',
    order: Sent<CreatePaymentOrderDto> | Sent<CreateCryptoOrderDto>,
    options: CallOptions | undefined,
  ): Promise<CreatedPayment> {
    order.notifyUrl ??= this.options.notifyUrl;
    order.returnUrl ??= this.options.returnUrl;
    const asked = askedOrder(order);
    const { amount, currency, custNo } = order;
    return this.creation.create(
      { amount, currency, custNo, ...asked },
      {
        send: async (call) => readPayment(await this.gateway.call(endpoint, { ...order }, call), asked),
        recover: (existing) => assignGiven(new CreatedPayment(), recoverCreatedOrder(existing, asked)),
        empty: () => new CreatedPayment(),
      },
      options,
    );
  }
}

/** Normalised parameters, as they are sent. */
type Sent<T> = T & { currency: string; registerTime: number; channelExtra?: string };

function askedOrder({
  mchOrderNo,
  expiredTime = DEFAULT_EXPIRED_TIME,
}: OrderParams & { mchOrderNo: string }): AskedOrder {
  return { mchOrderNo, expiresInS: expiredTime };
}

function readPayment(response: GatewayResponse, asked: AskedOrder): CreatedPayment {
  const payOrderInfo = new ResponseFields(response).optionalObject('payOrderInfo');
  return assignGiven(new CreatedPayment(), { payOrderInfo, ...readCreatedOrder(response, asked) });
}
