import { inspect } from 'node:util';
import { Rule, optional, type Check } from '../../validation/rule.js';
import { oneOf } from '../../validation/checks.js';
import { flag, isObject, setMembers, wholeNumber } from '../../validation/option-rules.js';
import { issuesOfGroup } from '../../validation/options-room.js';
import type { ValidationIssue } from '../../errors/pass2pay.errors.js';

/** TLS settings. The gateway's certificate is always checked. */
export interface TlsOptions {
  /** The certificate authorities to trust instead of the default ones, in PEM. */
  ca?: string | Buffer | readonly (string | Buffer)[];
  /** The client certificate, in PEM, if the gateway or a proxy in front of it requires one. */
  cert?: string | Buffer;
  /** The private key of `cert`, in PEM. */
  key?: string | Buffer;
  /** The passphrase of `key`. */
  passphrase?: string;
  /** The name in the gateway's certificate, if it differs from `baseUrl`. */
  servername?: string;
}

/** Transport options, with their defaults. */
class TransportSettings {
  /**
   * The HTTP client under axios: undici or, with `'axios'`, axios's own adapter, for which you set agents and a proxy
   * on `GatewayClient.axios.defaults`; of the options here it uses only `maxResponseBytes`.
   */
  @Rule(optional(oneOf('undici', 'axios')))
  adapter?: 'undici' | 'axios' = 'undici';

  /** Whether to use HTTP/2 if the gateway offers it; a connection still carries one request at a time. */
  @Rule(optional(flag))
  http2?: boolean = true;

  /**
   * The http or https URL of a proxy, with user and password if it requires them, or false for none. Defaults to the
   * environment's HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Always uses a tunnel (CONNECT), even to plain http, so that a
   * refusal of the proxy cannot be mistaken for a response of the gateway.
   */
  @Rule(optional(proxyOption))
  proxy?: string | false;

  /**
   * Connection timeout, in ms, including TLS and the proxy; after it, nothing was sent. If the gateway's name has
   * several addresses, each gets half of it before the next one is tried, and the last one gets the rest.
   */
  @Rule(optional(milliseconds(1)))
  connectTimeoutMs?: number = 5_000;

  /** Timeout until the response starts, in ms. Defaults to `timeoutMs`, which covers the whole request. */
  @Rule(optional(milliseconds(1)))
  headersTimeoutMs?: number;

  /** Timeout between two parts of the response, in ms. Defaults to `timeoutMs`, which covers the whole request. */
  @Rule(optional(milliseconds(1)))
  bodyTimeoutMs?: number;

  /**
   * How long an idle connection is kept, in ms, if the gateway does not say; 0 for a new connection each time. A value
   * longer than the gateway's own keep-alive time loses responses.
   */
  @Rule(optional(milliseconds(0)))
  keepAliveMs?: number = 4_000;

  /** Maximum size of a response, in bytes; the gateway's have a few hundred. */
  @Rule(optional(wholeNumber(1, 100_000_000, 'bytes')))
  maxResponseBytes?: number = 1_000_000;

  /** Trusted certificate authorities and a client certificate. */
  @Rule(optional(tlsOptions))
  tls?: TlsOptions;

  /** Omits the key and a proxy's password, so that they do not appear in logs. */
  toJSON(): object {
    return shownTransport(this);
  }

  /** Same as `toJSON`, for console.log and similar. */
  [inspect.custom](): object {
    return this.toJSON();
  }
}

/** Without the key and a proxy's password. */
export function shownTransport({ tls, proxy, ...rest }: TransportOptions): object {
  return {
    ...rest,
    ...(tls && { tls: Object.keys(tls) }),
    ...(proxy !== undefined && { proxy: withoutUser(proxy) }),
  };
}

/** The transport options as a plain object. */
export type TransportOptions = Omit<TransportSettings, 'toJSON' | typeof inspect.custom>;

/** The options with all defaults applied. */
export type ResolvedTransport = Pick<TransportSettings, Unset> & Required<Omit<TransportSettings, Unset>>;
type Unset = 'proxy' | 'headersTimeoutMs' | 'bodyTimeoutMs' | 'tls';

/** Options that axios's own adapter would ignore. */
const UNDICI_ONLY = ['http2', 'proxy', 'connectTimeoutMs', 'headersTimeoutMs', 'bodyTimeoutMs', 'keepAliveMs', 'tls'];

/** Lists the issues of the given options. */
export function transportIssues(given: unknown): ValidationIssue[] {
  if (!isObject(given)) return [];
  const members = setMembers(given);
  const options = Object.assign(new TransportSettings(), members);
  const issues = issuesOfGroup(TransportSettings, given, 'transport');
  if (options.adapter !== 'axios') return issues;
  for (const name of UNDICI_ONLY.filter((option) => option in members)) {
    const field = `transport.${name}`;
    const message = `${field} is not supported with axios's own adapter; leave it out, and configure GatewayClient.axios.defaults instead`;
    issues.push({ field, message });
  }
  return issues;
}

/** The validated options with all defaults applied. */
export function resolveTransport(given: TransportOptions | undefined): ResolvedTransport {
  const options = Object.assign(new TransportSettings(), setMembers(given));
  if (options.tls !== undefined) options.tls = Object.freeze({ ...options.tls });
  return Object.freeze(options) as ResolvedTransport;
}

/** A proxy's URL without its credentials, for logs. */
function withoutUser(proxy: string | false): string | false {
  return typeof proxy === 'string' ? proxy.replace(/\/\/.*@/, '//***@') : proxy;
}

function milliseconds(min: number, max = 600_000): Check {
  return wholeNumber(min, max, 'milliseconds');
}

function proxyOption(value: unknown): string | undefined {
  if (value === false || (typeof value === 'string' && isHttpUrl(value))) return undefined;
  return 'must be the http or https URL of a proxy, e.g. http://proxy.example:3128, or false for none';
}

/** Whether a string is an http or https URL. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
}

function tlsOptions(value: unknown): string | undefined {
  if (!isObject(value)) return 'must be an object with the members ca, cert, key, passphrase, servername';
  const { ca, cert, key, passphrase, servername, ...unknown } = value as Record<string, unknown>;
  const [name] = Object.keys(unknown);
  if (name === 'rejectUnauthorized') {
    return 'must not contain rejectUnauthorized: the gateway’s certificate is always checked, because orders could be changed in transit otherwise; for a private authority, set its certificate as ca';
  }
  if (name !== undefined) return `has the unknown member ${name}; known are ca, cert, key, passphrase, servername`;
  const authorities: unknown[] = Array.isArray(ca) ? ca : [ca];
  for (const [member, given] of [...authorities.map((one) => ['ca', one]), ['cert', cert], ['key', key]] as const) {
    if (given !== undefined && !isPem(given)) return `must set ${String(member)} to a PEM string or Buffer`;
  }
  if ((cert === undefined) !== (key === undefined)) return 'has only one of cert and key; set both or neither';
  for (const [member, given] of Object.entries({ passphrase, servername })) {
    if (given !== undefined && (typeof given !== 'string' || given === '')) return `must set ${member} to a string`;
  }
  return undefined;
}

function isPem(value: unknown): boolean {
  return (typeof value === 'string' || Buffer.isBuffer(value)) && value.includes('-----BEGIN ');
}
