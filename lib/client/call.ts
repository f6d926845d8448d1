import type { Pass2PayErrorDetails } from '../errors/pass2pay.errors.js';
import type { MerchantOptions, MerchantRef } from '../merchants/merchant.js';
import type { Endpoint } from '../protocol/endpoints.js';
import type { ObservedCall, ObservedRequest } from '../telemetry/gateway-telemetry.js';
import type { Attempt } from './transport/attempt.js';

/** A parameter of a call. Nested values are refused; serialise them to a JSON string. */
export type CallParam = string | number | boolean | null | undefined;

export interface CallOptions {
  /** The merchant's app to call for; may be left out if only one is configured. */
  merchant?: MerchantRef;
  /** Aborts the call. A create may still have reached the gateway. */
  signal?: AbortSignal;
}

/** The options with a different signal. */
export function withSignalOf({ merchant }: CallOptions, signal: AbortSignal | undefined): CallOptions {
  return { ...(merchant && { merchant }), ...(signal && { signal }) };
}

export interface GatewayResponse {
  /** The response's data, with a verified signature. */
  data: Record<string, unknown>;
  /** The gateway's request ID. */
  traceId?: string;
  /** The time of the request, its `reqTime`, in ms since 1970. */
  reqTime: number;
  /** The app of the call. */
  merchant: Required<MerchantRef>;
}

/** A message to the gateway, as signed and sent. */
export type Message = Record<string, string | number | boolean>;

/** A response with HTTP status 2xx and any text. */
export interface ReceivedText {
  status: number;
  text: string;
}

/**
 * One call as it passes through the policies; each policy passes on a copy with its additions. All members exist from
 * the start, because adding one to a copy takes 1 µs on Node 20.
 */
export interface Call {
  readonly endpoint: Endpoint;
  readonly merchant: MerchantOptions;
  /** The parameters to send, without those that the module sets. */
  readonly params: Message;
  /** The details of the order and the call for errors. */
  readonly order: Pass2PayErrorDetails;
  readonly signal: AbortSignal | undefined;
  readonly observed: ObservedCall;
  /** The telemetry of the current request. */
  readonly request: ObservedRequest | undefined;
  /** The transport's attempt of the current request. */
  readonly attempt: Attempt | undefined;
}

export type Handler = (call: Call) => Promise<GatewayResponse>;

/** Wraps the rest of a call. */
export type Policy = (next: Handler) => Handler;
