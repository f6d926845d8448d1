import type { AxiosInstance } from 'axios';
import { Pass2PayValidationError } from '../errors/pass2pay.errors.js';
import type { MerchantDirectory } from '../merchants/merchant-directory.js';
import type { MerchantRef } from '../merchants/merchant.js';
import { ENDPOINTS, type Endpoint, type EndpointName } from '../protocol/endpoints.js';
import { callTarget, ObservedCall, type CallTarget } from '../telemetry/gateway-telemetry.js';
import { filledInIssue } from '../validation/issues.js';
import type { CallOptions, CallParam, GatewayResponse, Handler, Message } from './call.js';
import { pipeline, type PipelineParts } from './pipeline.js';
import { urlOf } from './send.js';

/** Maximum number of cached telemetry targets; more than the gateway has endpoints. */
const MAX_TARGETS = 100;

type Params = Readonly<Record<string, CallParam>>;

/** Makes signed calls and verifies their responses. Failed queries are retried; other calls are not. */
export class GatewayClient {
  /** This client's axios instance; interceptors set on it affect no other instance. */
  readonly axios: AxiosInstance;
  private readonly targets = new Map<string, CallTarget>();
  private readonly handle: Handler;

  constructor(
    private readonly merchants: MerchantDirectory,
    private readonly parts: PipelineParts,
  ) {
    this.axios = parts.transport.axios;
    this.handle = pipeline(parts);
  }

  /**
   * Calls an endpoint. mchNo, appId, reqTime, version, signType and sign are set by the client; null, undefined and
   * `""` are not sent.
   *
   * @param endpoint the name of a documented endpoint, or the path and version of another one
   * @throws Pass2PayValidationError for a parameter that cannot be sent, or when the merchant is ambiguous.
   * @throws Pass2PayApiError when the gateway refuses the request.
   * @throws Pass2PaySignatureError when the response's signature is missing or invalid.
   * @throws Pass2PayTimeoutError after `timeoutMs`.
   * @throws Pass2PayRateLimitError on HTTP 429, or when a limit of the options is exceeded.
   * @throws Pass2PayCircuitOpenError while the circuit breaker is open.
   * @throws Pass2PayConnectionError when no usable response is received, or the signal aborts the call.
   */
  async call(
    endpoint: EndpointName | Endpoint,
    params: Params,
    { merchant: ref, signal }: CallOptions = {},
  ): Promise<GatewayResponse> {
    const subject = about(params);
    const sent = sendable(params);
    const merchant = await this.merchants.resolveForCall(ref);
    const { mchNo, appId } = merchant;
    const observed = new ObservedCall(this.target(endpoint), { mchNo, appId, ...subject });
    const resolved = this.resolve(endpoint);
    const order = { readOnly: resolved.repeatable === true, ...subject };
    return this.handle({
      endpoint: resolved,
      merchant,
      params: sent,
      order,
      signal,
      observed,
      request: undefined,
      attempt: undefined,
    });
  }

  /**
   * The app of a call with these options.
   *
   * @throws Pass2PayValidationError when it is ambiguous.
   */
  async merchantOf({ merchant }: CallOptions): Promise<Required<MerchantRef>> {
    const { mchNo, appId } = await this.merchants.resolveForCall(merchant);
    return { mchNo, appId };
  }

  private resolve(endpoint: EndpointName | Endpoint): Endpoint {
    if (typeof endpoint !== 'string') return endpoint;
    const version = this.parts.options.versions[endpoint] ?? ENDPOINTS[endpoint].version;
    return { ...ENDPOINTS[endpoint], version };
  }

  private target(endpoint: EndpointName | Endpoint): CallTarget {
    const name = typeof endpoint === 'string' ? endpoint : endpoint.path;
    let target = this.targets.get(name);
    if (target === undefined) {
      const path = typeof endpoint === 'string' ? ENDPOINTS[endpoint].path : endpoint.path;
      target = callTarget(name, urlOf(this.parts.options, path));
      if (this.targets.size < MAX_TARGETS) this.targets.set(name, target);
    }
    return target;
  }
}

function sendable(params: Params): Message {
  const kept: Message = {};
  for (const [name, value] of Object.entries(params)) {
    const issue = filledInIssue(name);
    if (issue !== undefined) throw new Pass2PayValidationError([issue], about(params));
    if (value === undefined || value === null || value === '') continue;
    if (typeof value === 'object') {
      const message = `${name} is an object, and the gateway would sign its keys in a different order; send it as JSON.stringify(…)`;
      throw new Pass2PayValidationError([{ field: name, message }], about(params));
    }
    kept[name] = value;
  }
  return kept;
}

function about(params: Params): { mchOrderNo?: string } {
  return typeof params.mchOrderNo === 'string' ? { mchOrderNo: params.mchOrderNo } : {};
}
