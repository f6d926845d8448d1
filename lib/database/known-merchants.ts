import { messageOf } from '../errors/message-of.js';
import type { MerchantDirectory } from '../merchants/merchant-directory.js';

/** Initial and maximum delay of work whose merchant the resolver does not find, in ms. */
const LEAST_PATIENCE_MS = 42_000;
const MOST_PATIENCE_MS = 12 * 3_600_000;

/** The merchants whose work a process takes; other processes on the same tables may know other merchants. */
export class KnownMerchants {
  constructor(private readonly merchants: Pick<MerchantDirectory, 'mchNos' | 'forNotify'>) {}

  /** The numbers of the merchants whose work is taken; undefined if a resolver decides for each. */
  get mchNos(): readonly string[] | undefined {
    return this.merchants.mchNos;
  }

  /** Why taken work belongs to another process; undefined if its merchant is known here. */
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
 * When work of an unknown merchant is checked again, in ms since 1970: the delay equals its age.
 *
 * @param since when it was stored, in ms since 1970
 */
export function lookAgainAt(since: number, now: number): number {
  return now + Math.min(Math.max(now - since, LEAST_PATIENCE_MS), MOST_PATIENCE_MS);
}
