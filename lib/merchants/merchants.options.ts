import type { ValidationIssue } from '../errors/pass2pay.errors.js';
import { isObject, wholeNumber } from '../validation/option-rules.js';
import { issuesOfGroup, type OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';
import type { MerchantCacheOptions } from './merchant-directory.js';
import type { MerchantResolver } from './merchant-resolver.js';
import { Merchant, type MerchantOptions } from './merchant.js';

/** The merchants. */
export class MerchantsOptions {
  /** The merchants' apps. Required unless there is a `merchantResolver`. */
  @Rule(optional(merchantList))
  merchants?: MerchantOptions[];

  /** Finds merchants that are not in `merchants`, such as those in a platform's database. */
  @Rule(optional(resolver))
  merchantResolver?: MerchantResolver;

  /** How many of the resolver's results are cached, and for how long, in ms. */
  @Rule(optional(cacheRule))
  merchantCache?: MerchantCacheOptions = { max: 1_000, ttlMs: 60_000 };
}

/** The options with all defaults applied. */
export type ResolvedMerchantsOptions = Pick<MerchantsOptions, 'merchantResolver'> & {
  merchants: readonly Merchant[];
  merchantCache: MerchantCacheOptions;
};

export const merchantsOptions: OptionsRoom<MerchantsOptions, ResolvedMerchantsOptions> = {
  type: MerchantsOptions,
  issues: (options) => [...issuesOfEach(options.merchants), ...missing(options), ...repeated(options.merchants)],
  resolve: ({ merchants = [], merchantResolver, merchantCache }) => ({
    merchants: Object.freeze(merchants.map(frozen)),
    merchantResolver,
    merchantCache: Object.freeze({ ...merchantCache! }),
  }),
};

/** A copy, so that the caller cannot change a merchant's secrets later. */
function frozen({ mchNo, appId, secrets }: MerchantOptions): Merchant {
  const live = typeof secrets === 'string' ? secrets : Object.freeze([...secrets]);
  return Object.freeze(Object.assign(new Merchant(), { mchNo, appId, secrets: live }));
}

function issuesOfEach(merchants: unknown): ValidationIssue[] {
  if (!Array.isArray(merchants)) return [];
  return merchants.flatMap((merchant: unknown, index) =>
    isObject(merchant) ? issuesOfGroup(Merchant, merchant, `merchants[${index}]`) : [],
  );
}

function missing({ merchants, merchantResolver }: MerchantsOptions): ValidationIssue[] {
  if (merchants !== undefined || merchantResolver !== undefined) return [];
  const message = 'merchants is required: an array of { mchNo, appId, secrets }, unless there is a merchantResolver';
  return [{ field: 'merchants', message }];
}

function repeated(merchants: unknown): ValidationIssue[] {
  if (!Array.isArray(merchants)) return [];
  const keys = merchants.map((merchant: Partial<Merchant> | null | undefined) =>
    typeof merchant?.mchNo === 'string' && typeof merchant.appId === 'string'
      ? `${merchant.mchNo}/${merchant.appId}`
      : undefined,
  );
  return keys.flatMap((key, index) => {
    if (key === undefined || keys.indexOf(key) === index) return [];
    const field = `merchants[${index}]`;
    return [{ field, message: `${field} repeats ${key}; list each app once, with all its secrets` }];
  });
}

function merchantList(value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'must be an array of { mchNo, appId, secrets }';
  if (value.length === 0) return 'is empty; pass at least one { mchNo, appId, secrets }';
  const stray = value.findIndex((merchant) => !isObject(merchant));
  return stray < 0 ? undefined : `element ${stray} must be an object { mchNo, appId, secrets }`;
}

function resolver(value: unknown): string | undefined {
  const isResolver = typeof (value as { findMerchant?: unknown } | null)?.findMerchant === 'function';
  return isResolver ? undefined : 'must be an object with a method findMerchant({ mchNo, appId })';
}

function cacheRule(value: unknown): string | undefined {
  const { max, ttlMs, ...unknown } = (isObject(value) ? value : {}) as Record<string, unknown>;
  const isRight =
    wholeNumber(1, 10_000_000)(max) === undefined &&
    wholeNumber(1, 86_400_000)(ttlMs) === undefined &&
    Object.keys(unknown).length === 0;
  return isRight
    ? undefined
    : 'must be { max, ttlMs }: a whole number of merchants, 1 to 10000000, and of milliseconds, 1 to 86400000';
}
