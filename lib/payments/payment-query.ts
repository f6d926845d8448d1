import { refuseOtherSpelling } from '../client/other-spelling.js';
import { ResponseFields } from '../client/response-fields.js';
import type { CallOptions } from '../client/call.js';
import type { GatewayClient } from '../client/gateway-client.js';
import { Pass2PayValidationError } from '../errors/pass2pay.errors.js';
import { PaymentOrder } from './payment-order.dto.js';
import { readPaymentOrder } from './read-payment-order.js';

/** Identifies an order by the merchant's or the gateway's number. */
export type OrderRef = { mchOrderNo: string; payOrderId?: undefined } | { payOrderId: string; mchOrderNo?: undefined };

/** Queries an order (api/pay/query). */
export class PaymentQuery {
  constructor(private readonly gateway: GatewayClient) {}

  /**
   * Queries the order.
   *
   * @throws Pass2PayApiError when the gateway does not know it.
   * @throws Pass2PayOrderConflictError when the response is for an order whose number differs in case or trailing
   * spaces.
   * @throws Pass2PayError the errors of `GatewayClient.call`.
   */
  async find(ref: OrderRef, options?: CallOptions): Promise<PaymentOrder> {
    const { mchOrderNo, payOrderId } = ref;
    if ((mchOrderNo ?? '') === '' && (payOrderId ?? '') === '') {
      const message = 'mchOrderNo or payOrderId is required: name the order by one of them';
      throw new Pass2PayValidationError([{ field: 'mchOrderNo', message }]);
    }
    const response = await this.gateway.call('query', { mchOrderNo, payOrderId }, options);
    const fields = new ResponseFields(response, { readOnly: true });
    const order = readPaymentOrder(new PaymentOrder(), fields);
    refuseOtherSpelling(mchOrderNo, order.mchOrderNo);
    const isTheOne =
      order.mchNo === response.merchant.mchNo &&
      (mchOrderNo === undefined || order.mchOrderNo === mchOrderNo) &&
      (payOrderId === undefined || order.payOrderId === payOrderId);
    if (!isTheOne) throw fields.wrong(`is for a different order than ${mchOrderNo ?? payOrderId}`);
    return order;
  }
}
