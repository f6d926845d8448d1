import { Attempt } from '../../../lib/client/transport/attempt.js';
import type { Call, GatewayResponse } from '../../../lib/client/call.js';
import { Pass2PayApiError } from '../../../lib/errors/pass2pay.errors.js';
import { ENDPOINTS } from '../../../lib/protocol/endpoints.js';
import { explain } from '../../../lib/protocol/gateway-messages.js';
import { callTarget, ObservedCall, ObservedRequest } from '../../../lib/telemetry/gateway-telemetry.js';
import { NO_SPAN } from '../../../lib/telemetry/spans.js';
import { MERCHANT } from '../../support/test-merchant.js';

export const RESPONSE: GatewayResponse = { data: { a: '1' }, reqTime: 0, merchant: { mchNo: 'M1', appId: 'A1' } };

/** The create of order O1, by default. */
export function callOf(changes: Partial<Call> = {}): Call {
  return {
    endpoint: ENDPOINTS.cashierOrder,
    merchant: MERCHANT,
    params: { mchOrderNo: 'O1' },
    order: { mchOrderNo: 'O1' },
    signal: undefined,
    observed: new ObservedCall(callTarget('cashierOrder', 'https://api.example/api/pay/cashierOrder'), MERCHANT),
    request: new ObservedRequest(NO_SPAN),
    attempt: new Attempt(),
    ...changes,
  };
}

/** A refusal of the gateway with this message. */
export function refusal(message: string): Pass2PayApiError {
  return new Pass2PayApiError(9999, message, explain(message).explanation);
}
