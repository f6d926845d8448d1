import { inspect } from 'node:util';
import { Rule, optional, type Check } from '../../validation/rule.js';
import { oneOf } from '../../validation/checks.js';
import { flag, isObject, setMembers, wholeNumber } from '../../validation/option-rules.js';
import { issuesOfGroup } from '../../validation/options-room.js';
import type { ValidationIssue } from '../../errors/pass2pay.errors.js';

/** What TLS needs besides the system's authorities. The gateway's certificate is always checked. */
export interface TlsOptions {
  /** The authorities to trust instead of the well-known ones, in PEM. */
  ca?: string | Buffer | readonly (string | Buffer)[];
  /** This side's certificate, in PEM, where the gateway or a proxy before it asks for one. */
  cert?: string | Buffer;
  /** The private key of `cert`, in PEM. */
  key?: string | Buffer;
  /** The passphrase of `key`. */
  passphrase?: string;
  /** The name that the gateway's certificate is for, where `baseUrl` has another. */
  servername?: string;
}

/** How requests travel to the gateway, with the defaults. */
class TransportSettings {
  /**
   * What sends requests under axios: undici, or with `'axios'` axios's own adapter, for which you set agents and a proxy
   * on `GatewayClient.axios.defaults`; of the options here it takes `maxResponseBytes` alone.
   */
  @Rule(optional(oneOf('undici', 'axios')))
  adapter?: 'undici' | 'axios' = 'undici';

  /** Whether to speak HTTP/2 where the gateway offers it; a connection carries one request at a time all the same. */
  @Rule(optional(flag))
  http2?: boolean = true;

  /**
   * An http or https URL of a proxy, with user and password in it where it asks for them, or false for none. Where left
   * out, the environment's HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. Always by a tunnel (CONNECT), also to plain http:
   * so the proxy's refusal is told from the gateway's answer.
   */
  @Rule(optional(proxyOption))
  proxy?: string | false;

  /**
   * How long making a connection may take, in ms, TLS and proxy included: after it, nothing was sent. Where the gateway's
   * name has several addresses, each is given half of it before the next one is tried, and the last one what is left.
   */
  @Rule(optional(milliseconds(1)))
  connectTimeoutMs?: number = 5_000;

  /** How long the gateway may take to begin its answer, in ms; `timeoutMs`, which covers all, where left out. */
  @Rule(optional(milliseconds(1)))
  headersTimeoutMs?: number;

  /** How long the gateway may pause within its answer, in ms; `timeoutMs`, which covers all, where left out. */
  @Rule(optional(milliseconds(1)))
  bodyTimeoutMs?: number;

  /**
   * How long a connection without a request is kept, in ms, where the gateway does not say; 0 for a new connection each
   * time. Longer than the gateway keeps them loses answers.
   */
  @Rule(optional(milliseconds(0)))
  keepAliveMs?: number = 4_000;

  /** The longest answer that is read, in bytes; the gateway's have a few hundred. */
  @Rule(optional(wholeNumber(1, 100_000_000, 'bytes')))
  maxResponseBytes?: number = 1_000_000;

  /** Authorities to trust and a certificate to show. */
  @Rule(optional(tlsOptions))
  tls?: TlsOptions;

  /** Without the key and a proxy's password, so that no log shows them. */
  toJSON(): object {
    return shownTransport(this);
  }

  /** As `toJSON`, for console.log and the like. */
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

/** How requests travel to the gateway, as the options give it: a plain object. */
export type TransportOptions = Omit<TransportSettings, 'toJSON' | typeof inspect.custom>;

/** The options with every default filled in. */
export type ResolvedTransport = Pick<TransportSettings, Unset> & Required<Omit<TransportSettings, Unset>>;
type Unset = 'proxy' | 'headersTimeoutMs' | 'bodyTimeoutMs' | 'tls';

/** What axios's own adapter would pass over in silence. */
const UNDICI_ONLY = ['http2', 'proxy', 'connectTimeoutMs', 'headersTimeoutMs', 'bodyTimeoutMs', 'keepAliveMs', 'tls'];

/** Lists what is wrong with the options as they were given. */
export function transportIssues(given: unknown): ValidationIssue[] {
  if (!isObject(given)) return [];
  const members = setMembers(given);
  const options = Object.assign(new TransportSettings(), members);
  const issues = issuesOfGroup(TransportSettings, given, 'transport');
  if (options.adapter !== 'axios') return issues;
  for (const name of UNDICI_ONLY.filter((option) => option in members)) {
    const field = `transport.${name}`;
    const message = `${field} is not for axios's own adapter; leave it out, and set what axios knows on GatewayClient.axios.defaults`;
    issues.push({ field, message });
  }
  return issues;
}

/** The options, checked before, with every default filled in. */
export function resolveTransport(given: TransportOptions | undefined): ResolvedTransport {
  const options = Object.assign(new TransportSettings(), setMembers(given));
  if (options.tls !== undefined) options.tls = Object.freeze({ ...options.tls });
  return Object.freeze(options) as ResolvedTransport;
}

/** A proxy's URL as a log may show it. */
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

/** Whether a text is an http or https URL. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
}

function tlsOptions(value: unknown): string | undefined {
  if (!isObject(value)) return 'must be an object of ca, cert, key, passphrase, servername';
  const { ca, cert, key, passphrase, servername, ...unknown } = value as Record<string, unknown>;
  const [name] = Object.keys(unknown);
  if (name === 'rejectUnauthorized') {
    return 'names rejectUnauthorized: the gateway’s certificate is always checked, since anybody on the way could change orders otherwise; for an authority of your own, give its certificate as ca';
  }
  if (name !== undefined) return `names ${name}; it can name ca, cert, key, passphrase, servername`;
  const authorities: unknown[] = Array.isArray(ca) ? ca : [ca];
  for (const [member, given] of [...authorities.map((one) => ['ca', one]), ['cert', cert], ['key', key]] as const) {
    if (given !== undefined && !isPem(given)) return `gives ${String(member)} a value that is no PEM text or Buffer`;
  }
  if ((cert === undefined) !== (key === undefined)) return 'gives one of cert and key; give both, or neither';
  for (const [member, given] of Object.entries({ passphrase, servername })) {
    if (given !== undefined && (typeof given !== 'string' || given === ''))
      return `gives ${member} a value that is no text`;
  }
  return undefined;
}

function isPem(value: unknown): boolean {
  return (typeof value === 'string' || Buffer.isBuffer(value)) && value.includes('-----BEGIN ');
}
