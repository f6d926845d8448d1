import { messageOf } from '../errors/message-of.js';
import type { MerchantDirectory } from '../merchants/merchant-directory.js';

/** How long work of a merchant that the resolver does not find is left to others, in ms, at first and at the most. */
const LEAST_PATIENCE_MS = 42_000;
const MOST_PATIENCE_MS = 12 * 3_600_000;

/** Whose due work a process takes: processes that share the tables may know other merchants. */
export class KnownMerchants {
  constructor(private readonly merchants: Pick<MerchantDirectory, 'mchNos' | 'forNotify'>) {}

  /** The numbers of the merchants whose work is taken; undefined where a resolver has to be asked for each. */
  get mchNos(): readonly string[] | undefined {
    return this.merchants.mchNos;
  }

  /** Why work that was taken is another process's; undefined where its merchant is known here. */
  async whyStranger({ mchNo, appId }: { mchNo: string; appId: string }): Promise<string | undefined> {
    if (this.mchNos !== undefined) return undefined;
    try {
      const merchant = await this.merchants.forNotify(mchNo, appId);
      return merchant === undefined ? `the merchantResolver does not find ${mchNo}/${appId}` : undefined;
    } catch (error) {
      return messageOf(error);
    }
  }
}

/**
 * When work of a stranger is looked at again, in ms since 1970: after as long as it has waited already.
 *
 * @param since when it was written, in ms since 1970
 */
export function lookAgainAt(since: number, now: number): number {
  return now + Math.min(Math.max(now - since, LEAST_PATIENCE_MS), MOST_PATIENCE_MS);
}
