import { badResponse } from '../client/bad-response.js';
import type { GatewayResponse } from '../client/call.js';
import { ResponseFields } from '../client/response-fields.js';
import { ORDER_STATES, type OrderState } from '../protocol/order-state.js';
import { toPayDataType, type PayDataType } from '../protocol/pay-data-type.js';
import type { PaymentOrder } from './payment-order.dto.js';

/** The response fields of all creates. Source: protocol §8. */
export interface CreatedOrder {
  mchOrderNo: string;
  payOrderId: string;
  state: OrderState;
  payDataType: PayDataType | (string & {}) | undefined;
  payData: string | undefined;
  errCode: string | undefined;
  errMsg: string | undefined;
  expiresAt: Date;
  recovered: boolean;
  traceId: string | undefined;
}

/** The requested order. */
export interface AskedOrder {
  mchOrderNo: string;
  /** Lifetime of the order, in s. */
  expiresInS: number;
}

/**
 * The response to a create.
 *
 * @throws Pass2PayConnectionError when it is for a different order, or a field is not as documented.
 */
export function readCreatedOrder(response: GatewayResponse, asked: AskedOrder): CreatedOrder {
  const fields = new ResponseFields(response);
  const mchOrderNo = fields.text('mchOrderNo');
  if (mchOrderNo !== asked.mchOrderNo) throw fields.wrong(`is for a different order than ${asked.mchOrderNo}`);
  const payDataType = fields.optionalText('payDataType');
  return {
    mchOrderNo,
    payOrderId: fields.text('payOrderId'),
    state: fields.state('orderState', ORDER_STATES),
    payDataType: payDataType === undefined ? undefined : toPayDataType(payDataType),
    payData: fields.optionalText('payData'),
    errCode: fields.optionalText('errCode'),
    errMsg: fields.optionalText('errMsg'),
    expiresAt: expiryOf(response.reqTime, asked),
    recovered: false,
    traceId: response.traceId,
  };
}

/**
 * The create's result, as far as a query provides it.
 *
 * @throws Pass2PayConnectionError when the cashier page is not an http or https URL.
 */
export function recoverCreatedOrder(existing: PaymentOrder, asked: AskedOrder): CreatedOrder {
  const { mchOrderNo, payOrderId, state, payUrl, errCode, errMsg, createdAt } = existing;
  if (payUrl !== undefined && !isWebUrl(payUrl)) {
    throw badResponse('has a payUrl that is not an http or https URL', { mchOrderNo, readOnly: true });
  }
  return {
    mchOrderNo,
    payOrderId,
    state,
    payDataType: payUrl === undefined ? undefined : 'payUrl',
    payData: payUrl,
    errCode,
    errMsg,
    expiresAt: expiryOf(createdAt ?? Date.now(), asked),
    recovered: true,
    traceId: undefined,
  };
}

/** Whether it is safe to send a payer there: another scheme, such as `javascript:`, would run in the shop's page. */
export function isWebUrl(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

function expiryOf(from: number, { expiresInS }: AskedOrder): Date {
  return new Date(from + expiresInS * 1000);
}
