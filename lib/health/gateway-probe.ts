import { GatewayClient } from '../client/gateway-client.js';
import { ENDPOINTS } from '../protocol/endpoints.js';
import { ORDER_NOT_FOUND } from '../protocol/gateway-messages.js';
import type { MerchantRef } from '../merchants/merchant.js';
import { Pass2PayApiError, Pass2PayError } from '../errors/pass2pay.errors.js';

/** The result of a probe: undefined if successful, otherwise the reason. */
export type ProbeResult = string | undefined;

/** A non-existent order: the gateway's "does not exist" shows that it works and accepts the secret. */
const NO_ORDER = { mchOrderNo: 'pass2pay-health-check' };

/**
 * Queries an order that does not exist: one query without retries, which changes nothing.
 *
 * @param merchant the app to query for
 */
export async function probeGateway(gateway: GatewayClient, merchant: Required<MerchantRef>): Promise<ProbeResult> {
  const { path, version } = ENDPOINTS.query;
  try {
    await gateway.call({ path, version }, NO_ORDER, { merchant });
    return undefined;
  } catch (error) {
    if (error instanceof Pass2PayApiError) {
      return ORDER_NOT_FOUND.test(error.gatewayMessage) ? undefined : `PASS2PAY_API: ${error.explanation}`;
    }
    if (error instanceof Pass2PayError) return error.code;
    throw error;
  }
}
