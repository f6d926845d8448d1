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

/** How the gateway is called. */
export class ClientOptions {
  /** Where the gateway is, such as `https://api.example`. https, unless loopback or `allowInsecureHttp`. */
  @Rule(required('the gateway’s URL, e.g. https://api.example', baseUrl))
  baseUrl!: string;

  /** The currency of orders that name none. */
  @Rule(optional(currencyCode))
  currency?: string = 'cny';

  /** How long one request may take, in ms. */
  @Rule(optional(wholeNumber(1, 600_000, 'milliseconds')))
  timeoutMs?: number = 10_000;

  /**
   * How often a query is repeated, and a create is sent again, when it failed in a way that allows it: 0 to 10. A create
   * is only ever sent again with the same mchOrderNo, and when the gateway says that it does not exist.
   */
  @Rule(optional(wholeNumber(0, 10)))
  retries?: number = 2;

  /** The longest wait before a repetition, in ms; the first is a quarter of a second. A 429 that asks for more is thrown. */
  @Rule(optional(wholeNumber(1, 600_000, 'milliseconds')))
  maxRetryDelayMs?: number = 5_000;

  /** After how many failures in a row the gateway is left alone, and for how long, in ms. */
  @Rule(optional(circuitBreaker))
  circuitBreaker?: { failures: number; halfOpenAfterMs: number } = { failures: 5, halfOpenAfterMs: 10_000 };

  /** How many requests may be under way at once; further ones wait. */
  @Rule(optional(wholeNumber(1, 10_000)))
  maxConcurrent?: number = 64;

  /** How many requests may wait; further ones are refused with a `Pass2PayRateLimitError`. */
  @Rule(optional(wholeNumber(0, 1_000_000)))
  maxQueued?: number = 1_000;

  /**
   * How many requests per minute and merchant this process sends to an endpoint. The gateway limits them too, and does
   * not say at how many; with several processes, share its limit between them.
   */
  @Rule(optional(requestsPerMinute))
  requestsPerMinute?: Partial<Record<EndpointName, number>> = {};

  /** How requests travel: connections, proxy, TLS, HTTP/2, times and sizes. */
  @Rule(optional(group("{ proxy: 'http://proxy.example:3128' }")))
  transport?: TransportOptions = {};

  /** How requests are sent; the gateway takes both. */
  @Rule(optional(oneOf('json', 'form')))
  requestFormat?: 'json' | 'form' = 'json';

  /** The version to send, by endpoint, where it is not the documented one (1.1 for creates, 1.0 for queries). */
  @Rule(optional(versions))
  versions?: Partial<Record<EndpointName, string>> = {};

  /** Allows a `baseUrl` with plain http that is not on this machine: anybody on the way can read and change orders. */
  @Rule(optional(flag))
  allowInsecureHttp?: boolean = false;
}

/** The options with every default filled in. */
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
    'baseUrl is plain http to another machine, where orders can be read and changed on the way; use https, or set allowInsecureHttp';
  return [{ field: 'baseUrl', message }];
}

function baseUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^https?:\/\/\S+$/i.test(value) || !URL.canParse(value)) {
    return 'must be an absolute http or https URL without white space, e.g. https://api.example';
  }
  const { username, password } = new URL(value);
  return /[?#]/.test(value) || username || password
    ? 'must have no query string, no fragment and no user name'
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
    if (wholeNumber(1, 1_000_000)(limit) !== undefined) return `gives ${endpoint} no whole number from 1 to 1000000`;
  }
  return undefined;
}

function unknownEndpoint(endpoint: string): string {
  return `names ${endpoint}; it can name ${Object.keys(ENDPOINTS).join(', ')}`;
}

function versions(value: unknown): string | undefined {
  if (!isObject(value)) return "must be an object, e.g. { cashierOrder: '1.1' }";
  for (const [endpoint, version] of Object.entries(value)) {
    if (!Object.hasOwn(ENDPOINTS, endpoint)) {
      return unknownEndpoint(endpoint);
    }
    if (typeof version !== 'string' || !/^\d+(\.\d+){1,2}$/.test(version)) {
      return `gives ${endpoint} a version that is not a string like '1.1'`;
    }
  }
  return undefined;
}
