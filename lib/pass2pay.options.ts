import { ArrayNotEmpty, IsArray, ValidateNested } from 'class-validator';
import { Checked, optional, required } from './fields/checked.js';
import { currencyCode, httpUrl, notifyUrl } from './fields/checks.js';
import { faultsOf } from './fields/validate.js';
import { ENDPOINTS, type EndpointName } from './gateway/endpoints.js';
import { Merchant } from './merchant/merchant.js';
import { Pass2PayConfigError, type Fault } from './pass2pay.errors.js';

/** What `Pass2PayModule.forRoot` takes, and what a factory of `forRootAsync` returns. */
export class Pass2PayOptions {
  /** Where the gateway is, such as `https://api.example`. https, unless loopback or `allowInsecureHttp`. */
  @Checked(required('the gateway’s URL, e.g. https://api.example', baseUrl))
  baseUrl!: string;

  /** The merchants' apps that orders are made for. */
  @IsArray({ message: 'merchants must be an array of { mchNo, appId, secrets }' })
  @ArrayNotEmpty({ message: 'merchants is empty; give at least one { mchNo, appId, secrets }' })
  @ValidateNested({ each: true, message: 'merchants must hold objects { mchNo, appId, secrets }' })
  merchants!: Merchant[];

  /** Where the gateway posts an order's result, unless the order says otherwise: up to 128 characters, no `?`, no `#`. */
  @Checked(optional(notifyUrl))
  notifyUrl?: string;

  /** Where the payer goes after paying, unless the order says otherwise: up to 128 characters. */
  @Checked(optional(httpUrl))
  returnUrl?: string;

  /** The currency of orders that name none. */
  @Checked(optional(currencyCode))
  currency?: string = 'cny';

  /** How long one request may take, in ms. */
  @Checked(optional(timeout))
  timeoutMs?: number = 10_000;

  /** How requests are sent; the gateway takes both. */
  @Checked(optional(oneOf('json', 'form')))
  requestFormat?: 'json' | 'form' = 'json';

  /** The version to send, by endpoint, where it is not the documented one (1.1 for creates, 1.0 for queries). */
  @Checked(optional(versions))
  versions?: Partial<Record<EndpointName, string>> = {};

  /**
   * Which notifies count only after a query has confirmed them: those with an `&` in a value, whose signature is
   * ambiguous (source: protocol §1), or every one.
   */
  @Checked(optional(oneOf('suspicious', 'always')))
  confirm?: 'suspicious' | 'always' = 'suspicious';

  /** Lets cashier orders carry `subject` and `body`, which the gateway's documents reserve. */
  @Checked(optional(flag))
  allowReservedFields?: boolean = false;

  /** Allows a `baseUrl` with plain http that is not on this machine: anybody on the way can read and change orders. */
  @Checked(optional(flag))
  allowInsecureHttp?: boolean = false;
}

/** The options with every default filled in. */
export type ResolvedOptions = Pass2PayOptions &
  Required<Omit<Pass2PayOptions, 'notifyUrl' | 'returnUrl'>> & { merchants: Merchant[] };

/**
 * Checks the options and fills in the defaults.
 *
 * @throws Pass2PayConfigError with every fault.
 */
export function resolveOptions(given: Pass2PayOptions, instance?: string): ResolvedOptions {
  if (typeof given !== 'object' || given === null) {
    throw new Pass2PayConfigError([{ field: '', message: 'no options were given; return them from the factory' }]);
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const options = Object.assign(new Pass2PayOptions(), Object.fromEntries(set));
  if (Array.isArray(options.merchants)) options.merchants = options.merchants.map(asMerchant);
  const faults = [...faultsOf(options), ...acrossFields(options)];
  if (faults.length > 0) throw new Pass2PayConfigError(faults, instance);
  return Object.freeze(options) as ResolvedOptions;
}

function asMerchant(given: unknown): Merchant {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
    ? Object.assign(new Merchant(), given)
    : (given as Merchant);
}

function acrossFields(options: Pass2PayOptions): Fault[] {
  const faults: Fault[] = [];
  if (baseUrl(options.baseUrl) === undefined && !options.allowInsecureHttp && isExposedHttp(options.baseUrl)) {
    faults.push({
      field: 'baseUrl',
      message:
        'baseUrl is plain http to another machine, where orders can be read and changed on the way; use https, or set allowInsecureHttp',
    });
  }
  if (Array.isArray(options.merchants)) {
    const keys = options.merchants.map((merchant) => `${merchant?.mchNo}/${merchant?.appId}`);
    for (const [index, key] of keys.entries()) {
      if (keys.indexOf(key) !== index) {
        faults.push({
          field: `merchants[${index}]`,
          message: `merchants[${index}] names ${key} again; give each app once, with all its secrets`,
        });
      }
    }
  }
  return faults;
}

function baseUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    return 'must be an absolute http or https URL, e.g. https://api.example';
  }
  const { search, hash, username } = new URL(value);
  return search || hash || username ? 'must have no query string, no fragment and no user name' : undefined;
}

function isExposedHttp(value: string): boolean {
  const { protocol, hostname } = new URL(value);
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function oneOf(...choices: string[]) {
  return (value: unknown) =>
    choices.includes(value as string) ? undefined : `must be ${choices.map((choice) => `'${choice}'`).join(' or ')}`;
}

function flag(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false (a boolean, not a string)';
}

function timeout(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 600_000
    ? undefined
    : 'must be a whole number of milliseconds, 1 to 600000';
}

function versions(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return "must be an object, e.g. { cashierOrder: '1.1' }";
  for (const [endpoint, version] of Object.entries(value)) {
    if (!(endpoint in ENDPOINTS)) return `names ${endpoint}; it can name ${Object.keys(ENDPOINTS).join(', ')}`;
    if (typeof version !== 'string' || !/^\d+(\.\d+){1,2}$/.test(version)) {
      return `gives ${endpoint} a version that is not a string like '1.1'`;
    }
  }
  return undefined;
}
