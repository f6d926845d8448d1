import type { MerchantOptions, MerchantRef } from './merchant.js';

/** Finds merchants that are stored elsewhere, such as in a platform's database. */
export interface MerchantResolver {
  /**
   * The merchant's app, or null if there is none. Results are cached; see the option `merchantCache`. If it throws, the
   * call or notify fails; no other merchant is used instead.
   */
  findMerchant(ref: MerchantRef): Promise<MerchantOptions | null>;
}
