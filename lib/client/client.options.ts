import { ENDPOINTS, type EndpointName } from '../protocol/endpoints.js';
import type { ValidationIssue } from '../errors/pass2pay.errors.js';
import { currencyCode, oneOf } from '../validation/checks.js';
import { flag, group, isObject, wholeNumber } from '../validation/option-rules.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, required, Rule } from '../validation/rule.js';
import {
  resolveTransport,
  transportIssues,
  type ResolvedTransport,
  type TransportOptions,
} from './transport/transport-options.js';

/** Options for calls to the gateway. */
export class ClientOptions {
  /** The gateway's URL, such as `https://api.example`. Must be https, except for loopback or with `allowInsecureHttp`. */
  @Rule(required('the gateway’s URL, e.g. https://api.example', baseUrl))
  baseUrl!: string;

  /** The default currency of orders. */
  @Rule(optional(currencyCode))
  currency?: string = 'cny';

  /** Timeout of one request, in ms. */
  @Rule(optional(wholeNumber(1, 600_000, 'milliseconds')))
  timeoutMs?: number = 10_000;

  /**
   * Maximum number of retries for queries, and for creates that are safe to retry: 0 to 10. A create is resent only
   * with the same mchOrderNo, and only if it was never sent or the gateway reports that it does not exist.
   */
  @Rule(optional(wholeNumber(0, 10)))
  retries?: number = 2;

  /** Maximum delay before a retry, in ms; the first delay is 250 ms. A 429 that asks for a longer wait is thrown. */
  @Rule(optional(wholeNumber(1, 600_000, 'milliseconds')))
  maxRetryDelayMs?: number = 5_000;

  /** Number of consecutive failures that open the circuit breaker, and how long it stays open, in ms. */
  @Rule(optional(circuitBreaker))
  circuitBreaker?: { failures: number; halfOpenAfterMs: number } = { failures: 5, halfOpenAfterMs: 10_000 };

  /** Maximum number of concurrent requests; further ones wait. */
  @Rule(optional(wholeNumber(1, 10_000)))
  maxConcurrent?: number = 64;

  /** Maximum number of waiting requests; further ones fail with a `Pass2PayRateLimitError`. */
  @Rule(optional(wholeNumber(0, 1_000_000)))
  maxQueued?: number = 1_000;

  /**
   * Maximum number of requests per minute and merchant that this process sends to an endpoint. The gateway has an
   * undocumented limit of its own; with several processes, divide it among them.
   */
  @Rule(optional(requestsPerMinute))
  requestsPerMinute?: Partial<Record<EndpointName, number>> = {};

  /** Transport settings: connections, proxy, TLS, HTTP/2, timeouts and sizes. */
  @Rule(optional(group("{ proxy: 'http://proxy.example:3128' }")))
  transport?: TransportOptions = {};

  /** Content type of requests; the gateway accepts both. */
  @Rule(optional(oneOf('json', 'form')))
  requestFormat?: 'json' | 'form' = 'json';

  /** The version to send, by endpoint, if it differs from the documented one (1.1 for creates, 1.0 for queries). */
  @Rule(optional(versions))
  versions?: Partial<Record<EndpointName, string>> = {};

  /** Allows a plain http `baseUrl` on another host, although orders can then be read and changed in transit. */
  @Rule(optional(flag))
  allowInsecureHttp?: boolean = false;
}

/** The options with all defaults applied. */
export type ResolvedClientOptions = Required<Omit<ClientOptions, 'transport'>> & { transport: ResolvedTransport };

export const clientOptions: OptionsRoom<ClientOptions, ResolvedClientOptions> = {
  type: ClientOptions,
  issues: (options) => [...transportIssues(options.transport), ...exposureIssues(options)],
  resolve: (options) => {
    const given = options as Required<ClientOptions>;
    return {
      ...given,
      currency: given.currency.toLowerCase(),
      versions: Object.freeze({ ...given.versions }),
      requestsPerMinute: Object.freeze({ ...given.requestsPerMinute }),
      circuitBreaker: Object.freeze({ ...given.circuitBreaker }),
      transport: resolveTransport(given.transport),
    };
  },
};

function exposureIssues(options: ClientOptions): ValidationIssue[] {
  const isExposed =
    baseUrl(options.baseUrl) === undefined && !options.allowInsecureHttp && isExposedHttp(options.baseUrl);
  if (!isExposed) return [];
  const message =
    'baseUrl is plain http to another host, so orders could be read and changed in transit; use https, or set allowInsecureHttp';
  return [{ field: 'baseUrl', message }];
}

function baseUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^https?:\/\/\S+$/i.test(value) || !URL.canParse(value)) {
    return 'must be an absolute http or https URL without white space, e.g. https://api.example';
  }
  const { username, password } = new URL(value);
  return /[?#]/.test(value) || username || password
    ? 'must not have a query string, a fragment or a user name'
    : undefined;
}

function isExposedHttp(value: string): boolean {
  const { protocol, hostname } = new URL(value);
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function circuitBreaker(value: unknown): string | undefined {
  const { failures, halfOpenAfterMs, ...unknown } = (isObject(value) ? value : {}) as Record<string, unknown>;
  const isRight =
    wholeNumber(1, 1_000)(failures) === undefined &&
    wholeNumber(1, 600_000)(halfOpenAfterMs) === undefined &&
    Object.keys(unknown).length === 0;
  return isRight
    ? undefined
    : 'must be { failures, halfOpenAfterMs }: a whole number of failures, 1 to 1000, and of milliseconds, 1 to 600000';
}

function requestsPerMinute(value: unknown): string | undefined {
  if (!isObject(value)) return 'must be an object, e.g. { cashierOrder: 60 }';
  for (const [endpoint, limit] of Object.entries(value)) {
    if (!Object.hasOwn(ENDPOINTS, endpoint)) return unknownEndpoint(endpoint);
    if (wholeNumber(1, 1_000_000)(limit) !== undefined)
      return `must set ${endpoint} to a whole number from 1 to 1000000`;
  }
  return undefined;
}

function unknownEndpoint(endpoint: string): string {
  return `has the unknown member ${endpoint}; known are ${Object.keys(ENDPOINTS).join(', ')}`;
}

function versions(value: unknown): string | undefined {
  if (!isObject(value)) return "must be an object, e.g. { cashierOrder: '1.1' }";
  for (const [endpoint, version] of Object.entries(value)) {
    if (!Object.hasOwn(ENDPOINTS, endpoint)) {
      return unknownEndpoint(endpoint);
    }
    if (typeof version !== 'string' || !/^\d+(\.\d+){1,2}$/.test(version)) {
      return `must set ${endpoint} to a string such as '1.1'`;
    }
  }
  return undefined;
}
