import { badResponse } from '../client/bad-response.js';
import type { GatewayResponse } from '../client/call.js';
import { ResponseFields } from '../client/response-fields.js';
import { ORDER_STATES, type OrderState } from '../protocol/order-state.js';
import { toPayDataType, type PayDataType } from '../protocol/pay-data-type.js';
import type { PaymentOrder } from './payment-order.dto.js';

/** What the creates of all kinds answer. Source: protocol §8. */
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

/** The order as it was asked for. */
export interface AskedOrder {
  mchOrderNo: string;
  /** How long the gateway keeps it open, in s. */
  expiresInS: number;
}

/**
 * The response to a create.
 *
 * @throws Pass2PayConnectionError when it is about another order, or a field is not as documented.
 */
export function readCreatedOrder(response: GatewayResponse, asked: AskedOrder): CreatedOrder {
  const fields = new ResponseFields(response);
  const mchOrderNo = fields.text('mchOrderNo');
  if (mchOrderNo !== asked.mchOrderNo) throw fields.wrong(`is about another order than ${asked.mchOrderNo}`);
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
 * What the create would have answered, as far as a query tells.
 *
 * @throws Pass2PayConnectionError when the cashier page is not one that a payer can be sent to.
 */
export function recoverCreatedOrder(existing: PaymentOrder, asked: AskedOrder): CreatedOrder {
  const { mchOrderNo, payOrderId, state, payUrl, errCode, errMsg, createdAt } = existing;
  if (payUrl !== undefined && !isWebUrl(payUrl)) {
    throw badResponse('gives a payUrl that is not an http or https URL', { mchOrderNo, readOnly: true });
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

/** Whether a payer may be sent there: another scheme, such as `javascript:`, would run in the shop's own page. */
export function isWebUrl(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

function expiryOf(from: number, { expiresInS }: AskedOrder): Date {
  return new Date(from + expiresInS * 1000);
}
