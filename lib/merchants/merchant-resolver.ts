import type { MerchantOptions, MerchantRef } from './merchant.js';

/** Finds merchants that are kept elsewhere, such as in a platform's database. */
export interface MerchantResolver {
  /**
   * The merchant's app, or null where there is none. Found ones are remembered for a while: see the option
   * `merchantCache`. Where it throws, the call or notify fails; no other merchant takes its place.
   */
  findMerchant(ref: MerchantRef): Promise<MerchantOptions | null>;
}
