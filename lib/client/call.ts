import type { Pass2PayErrorDetails } from '../errors/pass2pay.errors.js';
import type { MerchantOptions, MerchantRef } from '../merchants/merchant.js';
import type { Endpoint } from '../protocol/endpoints.js';
import type { ObservedCall, ObservedRequest } from '../telemetry/gateway-telemetry.js';
import type { Attempt } from './transport/attempt.js';

/** A parameter of a call. Nested values are refused: serialise them to a JSON string once. */
export type CallParam = string | number | boolean | null | undefined;

export interface CallOptions {
  /** The merchant's app to call for; may be left out where only one is configured. */
  merchant?: MerchantRef;
  /** Ends the waiting. A create may have reached the gateway all the same. */
  signal?: AbortSignal;
}

/** The options with another signal. */
export function withSignalOf({ merchant }: CallOptions, signal: AbortSignal | undefined): CallOptions {
  return { ...(merchant && { merchant }), ...(signal && { signal }) };
}

export interface GatewayResponse {
  /** The response's data; its signature was verified. */
  data: Record<string, unknown>;
  /** The gateway's request ID. */
  traceId?: string;
  /** When the request was made, in ms since 1970: its `reqTime`. */
  reqTime: number;
  /** The app that the call was made for. */
  merchant: Required<MerchantRef>;
}

/** A message to the gateway, as it is signed and sent. */
export type Message = Record<string, string | number | boolean>;

/** A response with HTTP status 2xx, whatever its text is. */
export interface ReceivedText {
  status: number;
  text: string;
}

/** One call on its way through the policies; each policy hands on a copy with what it adds. */
export interface Call {
  readonly endpoint: Endpoint;
  readonly merchant: MerchantOptions;
  /** The parameters that are sent, without those that are filled in. */
  readonly params: Message;
  /** What an error says about the order and the call. */
  readonly order: Pass2PayErrorDetails;
  readonly signal: AbortSignal | undefined;
  readonly observed: ObservedCall;
  /** The request under way, as telemetry sees it. */
  readonly request?: ObservedRequest;
  /** The request under way, as the transport sees it. */
  readonly attempt?: Attempt;
}

export type Handler = (call: Call) => Promise<GatewayResponse>;

/** Does something around the rest of a call. */
export type Policy = (next: Handler) => Handler;
