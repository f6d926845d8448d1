import { HttpService } from '@nestjs/axios';
import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import { filledInFault } from '../fields/validate.js';
import { MerchantDirectory } from '../merchant/merchant-directory.js';
import { secretsOf, type Merchant, type MerchantRef } from '../merchant/merchant.js';
import {
  Pass2PayConnectionError,
  Pass2PayRateLimitError,
  Pass2PayTimeoutError,
  Pass2PayValidationError,
} from '../pass2pay.errors.js';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import { sign } from '../signature/sign.js';
import { ENDPOINTS, type Endpoint, type EndpointName } from './endpoints.js';
import { badAnswer, openEnvelope } from './envelope.js';
import { retryAfterMs } from './retry-after.js';
import { connectionError } from './transport-error.js';

/** A parameter of a call. Nested values are refused: serialise them to a JSON string once. */
export type CallParam = string | number | boolean | null | undefined;

export interface CallOptions {
  /** The merchant's app to call for; may be left out where only one is configured. */
  merchant?: MerchantRef;
  /** Ends the waiting. A create may have reached the gateway all the same. */
  signal?: AbortSignal;
}

export interface GatewayAnswer {
  /** The answer's data; its signature was verified. */
  data: Record<string, unknown>;
  /** The gateway's own mark of the request. */
  traceId?: string;
  /** When the request was made, in ms since 1970: its `reqTime`. */
  reqTime: number;
  /** The app that the call was made for. */
  merchant: Merchant;
}

const MAX_ANSWER_BYTES = 1_000_000;

/** Makes one signed call and verifies its answer. */
@Injectable()
export class GatewayClient {
  constructor(
    /** The module's own HTTP client; interceptors set on its axios instance touch no other. */
    readonly http: HttpService,
    private readonly merchants: MerchantDirectory,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Calls an endpoint. mchNo, appId, reqTime, version, signType and sign are filled in; null, undefined and `""` are
   * not sent.
   *
   * @param endpoint a documented endpoint's name, or path and version of another one
   * @throws Pass2PayValidationError for a parameter that cannot be sent, or when the merchant is not clear.
   * @throws Pass2PayApiError when the gateway refuses the request.
   * @throws Pass2PaySignatureError when the answer's signature is missing or wrong.
   * @throws Pass2PayTimeoutError after `timeoutMs`.
   * @throws Pass2PayRateLimitError on HTTP 429.
   * @throws Pass2PayConnectionError when no usable answer comes, or the signal ends the call.
   */
  async call(
    endpoint: EndpointName | Endpoint,
    params: Readonly<Record<string, CallParam>>,
    { merchant: ref, signal }: CallOptions = {},
  ): Promise<GatewayAnswer> {
    const merchant = await this.merchants.forCall(ref);
    const { path, version } = this.resolve(endpoint);
    const reqTime = Date.now();
    const secrets = secretsOf(merchant);
    const message = {
      ...sendable(params),
      mchNo: merchant.mchNo,
      appId: merchant.appId,
      reqTime,
      version,
      signType: 'MD5',
    };
    const text = await this.post(path, { ...message, sign: sign(message, secrets[0]!) }, about(params), signal);
    return { ...openEnvelope(text, secrets, about(params)), reqTime, merchant };
  }

  private resolve(endpoint: EndpointName | Endpoint): Endpoint {
    if (typeof endpoint !== 'string') return endpoint;
    return { ...ENDPOINTS[endpoint], version: this.options.versions[endpoint] ?? ENDPOINTS[endpoint].version };
  }

  private async post(
    path: string,
    message: Record<string, string | number | boolean>,
    order: { mchOrderNo?: string },
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const { timeoutMs } = this.options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      signal?.throwIfAborted();
      const response = await this.http.axiosRef.request<string>({
        method: 'POST',
        url: `${this.options.baseUrl.replace(/\/+$/, '')}/${path}`,
        ...this.encode(message),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        responseType: 'text',
        // The text itself is needed: what JSON.parse makes of its numbers is not what was signed.
        transformResponse: (text: string) => text,
        validateStatus: null,
        maxRedirects: 0,
        maxContentLength: MAX_ANSWER_BYTES,
      });
      if (response.status === HttpStatus.TOO_MANY_REQUESTS) {
        throw new Pass2PayRateLimitError(retryAfterMs(response.headers['retry-after'], Date.now()), order);
      }
      if (response.status < 200 || response.status > 299) {
        throw badAnswer(`has HTTP status ${response.status}`, { ...order, httpStatus: response.status });
      }
      return response.data;
    } catch (error) {
      if (error instanceof Pass2PayConnectionError || error instanceof Pass2PayRateLimitError) throw error;
      if (signal?.aborted) throw aborted(signal, order);
      if (timeout.aborted) throw new Pass2PayTimeoutError(timeoutMs, { ...order, cause: error });
      throw connectionError(error, order);
    }
  }

  private encode(message: Record<string, string | number | boolean>) {
    return this.options.requestFormat === 'form'
      ? {
          data: formText(message),
          headers: { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' },
        }
      : { data: JSON.stringify(message), headers: { 'Content-Type': 'application/json;charset=UTF-8' } };
  }
}

function formText(message: Record<string, string | number | boolean>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(message)) form.set(name, String(value));
  return form.toString();
}

function sendable(params: Readonly<Record<string, CallParam>>): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(params)) {
    const fault = filledInFault(name);
    if (fault !== undefined) throw new Pass2PayValidationError([fault], about(params));
    if (value === undefined || value === null || value === '') continue;
    if (typeof value === 'object') {
      const message = `${name} is an object, whose signed text the gateway's key order would change; send JSON.stringify of it`;
      throw new Pass2PayValidationError([{ field: name, message }], about(params));
    }
    kept[name] = value;
  }
  return kept;
}

function about(params: Readonly<Record<string, CallParam>>): { mchOrderNo?: string } {
  return typeof params.mchOrderNo === 'string' ? { mchOrderNo: params.mchOrderNo } : {};
}

function aborted(signal: AbortSignal, order: { mchOrderNo?: string }): Pass2PayConnectionError {
  return new Pass2PayConnectionError(
    'PASS2PAY_ABORTED',
    'The call was ended by its signal. The gateway may have acted on the request: query the order before you repeat or replace it.',
    { ...order, cause: signal.reason, requestSent: true },
  );
}
