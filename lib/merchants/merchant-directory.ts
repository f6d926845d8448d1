import { LRUCache } from 'lru-cache';
import { issuesOf } from '../validation/issues.js';
import { Pass2PayMerchantError, Pass2PayValidationError } from '../errors/pass2pay.errors.js';
import { printable } from '../protocol/shown-value.js';
import type { MerchantResolver } from './merchant-resolver.js';
import { canBeMerchant, Merchant, secretsOf, type MerchantOptions, type MerchantRef } from './merchant.js';

/** Limits of the resolver cache. */
export interface MerchantCacheOptions {
  /** Maximum number of apps; the least recently used are dropped first. */
  max: number;
  /** Time to live, in ms; a changed secret takes up to this long to be noticed. */
  ttlMs: number;
}

/** Maximum length of an invalid number in an error. */
const MAX_LABEL = 64;

/** The results of the resolver; that a merchant does not exist is cached too. */
type Resolution = Promise<MerchantOptions | undefined>;

/** Finds the merchant's app of a call or a notify: first among the configured ones, then by the resolver. */
export class MerchantDirectory {
  private readonly resolved: LRUCache<string, Resolution> | undefined;

  /** Makes the lookup independent of the number of merchants. */
  private readonly byAppId: ReadonlyMap<string, readonly MerchantOptions[]>;

  constructor(
    private readonly merchants: readonly MerchantOptions[],
    private readonly resolver?: MerchantResolver,
    cache: MerchantCacheOptions = { max: 1_000, ttlMs: 60_000 },
  ) {
    this.byAppId = groupedByAppId(merchants);
    this.resolved = resolver && new LRUCache({ max: cache.max, ttl: cache.ttlMs });
  }

  /** The number of the only merchant; undefined with several, or with a resolver. */
  get onlyMchNo(): string | undefined {
    const numbers = new Set(this.merchants.map(({ mchNo }) => mchNo));
    return numbers.size === 1 && this.resolver === undefined ? this.merchants[0]!.mchNo : undefined;
  }

  /** The numbers of all merchants; undefined with a resolver. */
  get mchNos(): readonly string[] | undefined {
    return this.resolver === undefined ? [...new Set(this.merchants.map(({ mchNo }) => mchNo))] : undefined;
  }

  /**
   * The app of a call: the given one, or the only one.
   *
   * @throws Pass2PayValidationError when none or several match.
   * @throws Pass2PayMerchantError when the resolver fails.
   */
  async resolveForCall(ref?: MerchantRef): Promise<MerchantOptions> {
    const fitting = ref === undefined ? this.merchants : this.configured(ref);
    const isOnlyOne = fitting.length === 1 && (ref !== undefined || this.resolved === undefined);
    if (isOnlyOne) return fitting[0]!;
    const found = fitting.length === 0 && ref?.appId ? await this.resolve(ref) : undefined;
    if (found !== undefined) return found;
    throw new Pass2PayValidationError([{ field: 'merchant', message: this.remedy(ref, fitting.length) }]);
  }

  /**
   * The app of a notify, or undefined. Both mchNo and appId must match.
   *
   * @throws Pass2PayMerchantError when the resolver fails.
   */
  async forNotify(mchNo: string, appId: string): Promise<MerchantOptions | undefined> {
    const ref = { mchNo, appId };
    return this.configured(ref)[0] ?? (await this.resolve(ref));
  }

  /** The secrets of the other configured apps, by appId, for finding one that was used by mistake. */
  otherSecrets({ mchNo, appId }: MerchantOptions): Record<string, readonly string[]> {
    const others = this.merchants.filter((merchant) => !names({ mchNo, appId }, merchant));
    return Object.fromEntries(others.map((merchant) => [merchant.appId, secretsOf(merchant)]));
  }

  private configured(ref: MerchantRef): readonly MerchantOptions[] {
    return (this.byAppId.get(ref.appId) ?? []).filter((merchant) => names(ref, merchant));
  }

  private async resolve(ref: MerchantRef): Promise<MerchantOptions | undefined> {
    const { resolver, resolved } = this;
    if (resolver === undefined || resolved === undefined || !canBeMerchant(ref)) return undefined;
    const key = toKey(ref);
    const known = resolved.get(key);
    if (known !== undefined) return known;
    // The promise is cached, so that concurrent calls for one merchant share a lookup. The cache's own fetch() would do
    // the same, but takes 25 µs more for each merchant that is not cached.
    const resolution = ask(resolver, ref);
    resolved.set(key, resolution);
    // Failures are not cached.
    resolution.catch(() => {
      if (resolved.peek(key) === resolution) resolved.delete(key);
    });
    return resolution;
  }

  private remedy(ref: MerchantRef | undefined, found: number): string {
    if (ref === undefined) {
      const why = this.resolved === undefined ? `${this.merchants.length} are configured` : 'a merchantResolver is set';
      return `merchant is required because ${why}; call with { merchant: { appId } }`;
    }
    if (!ref.appId) return 'merchant.appId is required; pass the app to call for';
    if (!canBeMerchant(ref)) {
      return `merchant ${label(ref)} is invalid; mchNo has up to 30 and appId up to 24 letters, digits, _ and -`;
    }
    if (found > 0) return `merchant ${label(ref)} matches ${found} of the configured merchants; pass its mchNo too`;
    return this.resolved === undefined
      ? `merchant ${label(ref)} is not configured; add it to the module's merchants`
      : `merchant ${label(ref)} is neither configured nor known to the merchantResolver`;
  }
}

function groupedByAppId(merchants: readonly MerchantOptions[]): ReadonlyMap<string, readonly MerchantOptions[]> {
  const groups = new Map<string, MerchantOptions[]>();
  for (const merchant of merchants) groups.set(merchant.appId, [...(groups.get(merchant.appId) ?? []), merchant]);
  return groups;
}

async function ask(resolver: MerchantResolver, ref: MerchantRef): Promise<MerchantOptions | undefined> {
  let found: MerchantOptions | null;
  try {
    found = await resolver.findMerchant(ref);
  } catch (cause) {
    throw new Pass2PayMerchantError(`The merchantResolver failed to find merchant ${label(ref)}; see the cause.`, {
      cause,
    });
  }
  // Databases return null, maps undefined.
  if (found === null || found === undefined) return undefined;
  const merchant = Object.assign(new Merchant(), { mchNo: found.mchNo, appId: found.appId, secrets: found.secrets });
  const [issue] = issuesOf(merchant);
  if (issue !== undefined) {
    throw new Pass2PayMerchantError(
      `The merchantResolver returned an invalid merchant ${label(ref)}: ${issue.message}`,
    );
  }
  if (!names(ref, merchant)) {
    throw new Pass2PayMerchantError(`The merchantResolver returned ${label(merchant)} for ${label(ref)}`);
  }
  return merchant;
}

function names(ref: MerchantRef, merchant: MerchantOptions): boolean {
  return merchant.appId === ref.appId && (ref.mchNo === undefined || merchant.mchNo === ref.mchNo);
}

function label(ref: MerchantRef): string {
  const { mchNo, appId } = ref;
  const ids = mchNo === undefined ? appId : `${mchNo}/${appId}`;
  return canBeMerchant(ref) ? ids : printable(ids, MAX_LABEL);
}

function toKey({ mchNo, appId }: MerchantRef): string {
  return JSON.stringify([appId, mchNo]);
}
