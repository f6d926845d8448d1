import { Rule, optional, required } from './validation/rule.js';
import { currencyCode, httpUrl, notifyUrl, oneOf } from './validation/checks.js';
import { flag, group, isObject, numbers, objectWith, setMembers, wholeNumber } from './validation/option-rules.js';
import { issuesOf } from './validation/validate.js';
import { ENDPOINTS, type EndpointName } from './protocol/endpoints.js';
import {
  resolveTransport,
  transportIssues,
  type ResolvedTransport,
  type TransportOptions,
} from './client/transport/transport-options.js';
import type { MerchantCacheOptions } from './merchants/merchant-directory.js';
import type { MerchantResolver } from './merchants/merchant-resolver.js';
import { Merchant, type MerchantOptions } from './merchants/merchant.js';
import type { MerchantOrders } from './outcomes/merchant-orders.js';
import type { OutcomeQueue } from './outcomes/outcome-queue.js';
import type { Inbox } from './outcomes/inbox.js';
import { Pass2PayConfigError, type ValidationIssue } from './errors/pass2pay.errors.js';

/** What `Pass2PayModule.forRoot` takes, and what a factory of `forRootAsync` returns. */
export class Pass2PayOptions {
  /** Where the gateway is, such as `https://api.example`. https, unless loopback or `allowInsecureHttp`. */
  @Rule(required('the gateway’s URL, e.g. https://api.example', baseUrl))
  baseUrl!: string;

  /** The merchants' apps that orders are made for. Required unless there is a `merchantResolver`. */
  @Rule(optional(merchantList))
  merchants?: MerchantOptions[];

  /** Finds the merchants that `merchants` does not name, such as a platform's in its database. */
  @Rule(optional(resolver))
  merchantResolver?: MerchantResolver;

  /** How many of the resolver's answers are remembered, and for how long, in ms. */
  @Rule(optional(merchantCache))
  merchantCache?: MerchantCacheOptions = { max: 1_000, ttlMs: 60_000 };

  /** Where the gateway posts an order's result, unless the order says otherwise: up to 128 characters, no `?`, no `#`. */
  @Rule(optional(notifyUrl))
  notifyUrl?: string;

  /** Where the payer goes after paying, unless the order says otherwise: up to 128 characters. */
  @Rule(optional(httpUrl))
  returnUrl?: string;

  /** The currency of orders that name none. */
  @Rule(optional(currencyCode))
  currency?: string = 'cny';

  /** How long one request may take, in ms. */
  @Rule(optional(wholeNumber(1, 600_000, 'milliseconds')))
  timeoutMs?: number = 10_000;

  /** Where the gateway posts a transfer's result, unless the transfer says otherwise; as `notifyUrl`. */
  @Rule(optional(notifyUrl))
  transferNotifyUrl?: string;

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

  /**
   * The name of a transfer's `extParam` on the wire. The gateway's documents say extraParam; the platform that it derives
   * from takes only extParam, and refuses the other's signature. Source: protocol §2.
   */
  @Rule(optional(oneOf('extParam', 'extraParam')))
  transferExtParamName?: 'extParam' | 'extraParam' = 'extParam';

  /** The merchant's own orders: with it, news of an order must fit it, and orders without news are asked about. */
  @Rule(optional(objectWith('find', 'pending')))
  merchantOrders?: MerchantOrders;

  /** Where handled outcomes are remembered: this process's memory where left out. */
  @Rule(optional(objectWith('claim', 'renew', 'complete', 'release')))
  inbox?: Inbox;

  /** A queue between the acknowledgement of news and its handlers; without one, handlers run before it. */
  @Rule(optional(objectWith('add', 'start', 'close')))
  outcomeQueue?: OutcomeQueue;

  /**
   * How long a process that handles an outcome may be silent before another may take over, and how long news of an order
   * waits while the order is handled elsewhere, both in ms. The gateway gives up on a notify after 20 s.
   */
  @Rule(optional(numbers({ leaseMs: [100, 3_600_000], busyWaitMs: [0, 19_000] })))
  outcomes?: { leaseMs?: number; busyWaitMs?: number } = {};

  /**
   * Asking about orders without news, where there is an `merchantOrders`: from how long after their making (the gateway's last
   * notify comes 450 s after the payment), how often to look for them, the longest wait before one is asked about again,
   * all in ms; how many queries per minute this process makes for it; and how many orders it looks at in one go.
   */
  @Rule(optional(reconcileOptions))
  reconcile?: {
    enabled?: boolean;
    afterMs?: number;
    everyMs?: number;
    maxDelayMs?: number;
    perMinute?: number;
    batchSize?: number;
  } = {};

  /** How requests travel: connections, proxy, TLS, HTTP/2, times and sizes. */
  @Rule(optional(group("{ proxy: 'http://proxy.example:3128' }")))
  transport?: TransportOptions = {};

  /** How requests are sent; the gateway takes both. */
  @Rule(optional(oneOf('json', 'form')))
  requestFormat?: 'json' | 'form' = 'json';

  /** The version to send, by endpoint, where it is not the documented one (1.1 for creates, 1.0 for queries). */
  @Rule(optional(versions))
  versions?: Partial<Record<EndpointName, string>> = {};

  /**
   * Which notifies count only after a query has confirmed them: those with an `&` in a value, whose signature is
   * ambiguous (source: protocol §1), or every one.
   */
  @Rule(optional(oneOf('suspicious', 'always')))
  confirmNotify?: 'suspicious' | 'always' = 'suspicious';

  /** Lets cashier orders carry `subject` and `body`, which the gateway's documents reserve. */
  @Rule(optional(flag))
  allowReservedFields?: boolean = false;

  /** Allows a `baseUrl` with plain http that is not on this machine: anybody on the way can read and change orders. */
  @Rule(optional(flag))
  allowInsecureHttp?: boolean = false;
}

type Optional =
  'notifyUrl' | 'transferNotifyUrl' | 'returnUrl' | 'merchantResolver' | 'merchantOrders' | 'inbox' | 'outcomeQueue';

/** The options with every default filled in. */
export type ResolvedOptions = Pick<Pass2PayOptions, Optional> &
  Required<Omit<Pass2PayOptions, Optional | 'merchants' | 'outcomes' | 'reconcile' | 'transport'>> & {
    merchants: readonly Merchant[];
    outcomes: Required<NonNullable<Pass2PayOptions['outcomes']>>;
    reconcile: Required<NonNullable<Pass2PayOptions['reconcile']>>;
    transport: ResolvedTransport;
  };

const OUTCOMES: ResolvedOptions['outcomes'] = { leaseMs: 30_000, busyWaitMs: 15_000 };

const RECONCILE: ResolvedOptions['reconcile'] = {
  enabled: true,
  afterMs: 480_000,
  everyMs: 60_000,
  maxDelayMs: 3_600_000,
  perMinute: 30,
  batchSize: 500,
};

/**
 * Checks the options and fills in the defaults.
 *
 * @throws Pass2PayConfigError with every issue.
 */
export function resolveOptions(given: Pass2PayOptions, instance?: string): ResolvedOptions {
  if (!isObject(given)) {
    throw new Pass2PayConfigError([{ field: '', message: 'no options were given; return them from the factory' }]);
  }
  const options = instanceWith(Pass2PayOptions, given);
  const issues = [
    ...issuesOf(options),
    ...merchantIssues(options.merchants),
    ...transportIssues(options.transport),
    ...acrossFields(options),
  ];
  if (issues.length > 0) throw new Pass2PayConfigError(issues, instance);
  const resolved = {
    merchants: Object.freeze((options.merchants ?? []).map(frozen)),
    currency: options.currency?.toLowerCase(),
    versions: Object.freeze({ ...options.versions }),
    requestsPerMinute: Object.freeze({ ...options.requestsPerMinute }),
    circuitBreaker: Object.freeze({ ...options.circuitBreaker }),
    merchantCache: Object.freeze({ ...options.merchantCache }),
    outcomes: Object.freeze({ ...OUTCOMES, ...setMembers(options.outcomes) }),
    reconcile: Object.freeze({ ...RECONCILE, ...setMembers(options.reconcile) }),
    transport: resolveTransport(options.transport),
  };
  return Object.freeze(Object.assign(options, resolved)) as ResolvedOptions;
}

/** An instance with the members given, but for those that would make it an instance of something else. */
function instanceWith<T extends object>(type: new () => T, given: object): T {
  return Object.assign(new type(), setMembers(given));
}

/** A copy, so that nothing changes a merchant's secrets behind the module's back. */
function frozen({ mchNo, appId, secrets }: MerchantOptions): Merchant {
  const live = typeof secrets === 'string' ? secrets : Object.freeze([...secrets]);
  return Object.freeze(Object.assign(new Merchant(), { mchNo, appId, secrets: live }));
}

function merchantIssues(merchants: unknown): ValidationIssue[] {
  if (!Array.isArray(merchants)) return [];
  return merchants.flatMap((merchant: unknown, index) =>
    isObject(merchant) ? issuesOf(instanceWith(Merchant, merchant), `merchants[${index}]`) : [],
  );
}

function acrossFields(options: Pass2PayOptions): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  if (options.merchants === undefined && options.merchantResolver === undefined) {
    issues.push({
      field: 'merchants',
      message: 'merchants is required: an array of { mchNo, appId, secrets }, unless there is a merchantResolver',
    });
  }
  if (baseUrl(options.baseUrl) === undefined && !options.allowInsecureHttp && isExposedHttp(options.baseUrl)) {
    issues.push({
      field: 'baseUrl',
      message:
        'baseUrl is plain http to another machine, where orders can be read and changed on the way; use https, or set allowInsecureHttp',
    });
  }
  if (Array.isArray(options.merchants)) {
    const keys = options.merchants.map((merchant) =>
      typeof merchant?.mchNo === 'string' && typeof merchant.appId === 'string'
        ? `${merchant.mchNo}/${merchant.appId}`
        : undefined,
    );
    for (const [index, key] of keys.entries()) {
      if (key !== undefined && keys.indexOf(key) !== index) {
        issues.push({
          field: `merchants[${index}]`,
          message: `merchants[${index}] names ${key} again; give each app once, with all its secrets`,
        });
      }
    }
  }
  return issues;
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

function merchantList(value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'must be an array of { mchNo, appId, secrets }';
  if (value.length === 0) return 'is empty; give at least one { mchNo, appId, secrets }';
  const stray = value.findIndex((merchant) => !isObject(merchant));
  return stray < 0 ? undefined : `holds at ${stray} what is no object { mchNo, appId, secrets }`;
}

function resolver(value: unknown): string | undefined {
  const isResolver = typeof (value as { findMerchant?: unknown } | null)?.findMerchant === 'function';
  return isResolver ? undefined : 'must be an object with a method findMerchant({ mchNo, appId })';
}

function merchantCache(value: unknown): string | undefined {
  const { max, ttlMs, ...unknown } = (isObject(value) ? value : {}) as Record<string, unknown>;
  const isRight =
    wholeNumber(1, 10_000_000)(max) === undefined &&
    wholeNumber(1, 86_400_000)(ttlMs) === undefined &&
    Object.keys(unknown).length === 0;
  return isRight
    ? undefined
    : 'must be { max, ttlMs }: a whole number of merchants, 1 to 10000000, and of milliseconds, 1 to 86400000';
}

function reconcileOptions(value: unknown): string | undefined {
  if (!isObject(value)) return 'must be an object, e.g. { everyMs: 60000 }';
  const { enabled, ...rest } = value as Record<string, unknown>;
  if (enabled !== undefined && typeof enabled !== 'boolean') return 'gives enabled a value that must be true or false';
  return numbers({
    afterMs: [0, 86_400_000],
    everyMs: [10, 86_400_000],
    maxDelayMs: [10, 86_400_000],
    perMinute: [1, 100_000],
    batchSize: [1, 100_000],
  })(rest);
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
