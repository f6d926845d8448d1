import { Inject, Injectable } from '@nestjs/common';
import { ResponseFields } from '../client/response-fields.js';
import { assignGiven } from '../validation/assign-given.js';
import { type CallOptions, GatewayClient, type GatewayResponse } from '../client/gateway-client.js';
import { validParams } from '../validation/validate.js';
import { OrderCreation } from './order-creation.js';
import { PAY_DATA_TYPES } from '../protocol/pay-data-type.js';
import { ORDER_STATES } from '../protocol/order-state.js';
import type { PaymentOrder } from './payment-order.dto.js';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import { CreateCryptoOrderDto } from './create-crypto-order.dto.js';
import { CreatePaymentOrderDto } from './create-payment-order.dto.js';
import { CreatedPayment } from './created-payment.dto.js';

/** Seconds until an order expires that asks for no other time. Source: protocol §8. */
const DEFAULT_EXPIRED_TIME = 7200;

/** The values that the gateway documents as fixed. Source: protocol §8. */
const FIXED_SUBJECT = '商品';
const FIXED_BODY = '0';

/** Payment orders whose payment method the merchant chooses, and crypto orders. */
@Injectable()
export class PaymentService {
  constructor(
    private readonly gateway: GatewayClient,
    private readonly creation: OrderCreation,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Makes a payment order by one payment method (api/pay/unifiedOrder).
   *
   * @throws Pass2PayValidationError with every issue of the order; nothing was sent.
   * @throws Pass2PayOutcomeUnknownError when the order may exist or not.
   * @throws Pass2PayOrderConflictError when the number is taken by another order.
   * @throws Pass2PayError the errors of `GatewayClient.call`: the order was not made.
   */
  async createOrder(order: CreatePaymentOrderDto, options?: CallOptions): Promise<CreatedPayment> {
    const valid = validParams(CreatePaymentOrderDto, order);
    valid.currency ??= this.options.currency;
    valid.subject ??= FIXED_SUBJECT;
    valid.body ??= FIXED_BODY;
    return this.create('unifiedOrder', valid as Sent<CreatePaymentOrderDto>, options);
  }

  /**
   * Makes an order to be paid with a coin (api/pay/cryptoOrder).
   *
   * @throws as `createOrder` does.
   */
  async createCryptoOrder(order: CreateCryptoOrderDto, options?: CallOptions): Promise<CreatedPayment> {
    const valid = validParams(CreateCryptoOrderDto, order);
    return this.create('cryptoOrder', valid as Sent<CreateCryptoOrderDto>, options);
  }

  private async create(
    endpoint: 'unifiedOrder' | 'cryptoOrder',
    order: Sent<CreatePaymentOrderDto> | Sent<CreateCryptoOrderDto>,
    options: CallOptions | undefined,
  ): Promise<CreatedPayment> {
    order.notifyUrl ??= this.options.notifyUrl;
    order.returnUrl ??= this.options.returnUrl;
    return this.creation.create(
      order,
      {
        send: async () => readCreated(await this.gateway.call(endpoint, { ...order }, options), order),
        recover: (existing) => recover(existing, order),
      },
      options,
    );
  }
}

/** Parameters in their normal form, as they are sent. */
type Sent<T> = T & { currency: string; registerTime: number; channelExtra?: string };

interface Asked {
  mchOrderNo: string;
  expiredTime?: number;
}

function readCreated(response: GatewayResponse, asked: Asked): CreatedPayment {
  const fields = new ResponseFields(response);
  const mchOrderNo = fields.text('mchOrderNo');
  if (mchOrderNo !== asked.mchOrderNo) throw fields.wrong(`is about another order than ${asked.mchOrderNo}`);
  return assignGiven(new CreatedPayment(), {
    mchOrderNo,
    payOrderId: fields.text('payOrderId'),
    state: fields.state('orderState', ORDER_STATES),
    payDataType: fields.optionalOneOf('payDataType', PAY_DATA_TYPES),
    payData: fields.optionalText('payData'),
    payOrderInfo: fields.optionalObject('payOrderInfo'),
    errCode: fields.optionalText('errCode'),
    errMsg: fields.optionalText('errMsg'),
    expiresAt: expiryOf(response.reqTime, asked),
    recovered: false,
    traceId: response.traceId,
  });
}

/** What a create would have answered, as far as a query tells. */
function recover(existing: PaymentOrder, asked: Asked): CreatedPayment {
  const { mchOrderNo, payOrderId, state, payUrl, errCode, errMsg, createdAt } = existing;
  return assignGiven(new CreatedPayment(), {
    mchOrderNo,
    payOrderId,
    state,
    ...(payUrl !== undefined && { payDataType: 'payUrl', payData: payUrl }),
    errCode,
    errMsg,
    expiresAt: expiryOf(createdAt ?? Date.now(), asked),
    recovered: true,
  });
}

function expiryOf(from: number, { expiredTime = DEFAULT_EXPIRED_TIME }: Asked): Date {
  return new Date(from + expiredTime * 1000);
}
