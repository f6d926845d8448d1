import { Pass2PayValidationError } from '../pass2pay.errors.js';
import type { Merchant, MerchantRef } from './merchant.js';

/** Finds the merchant's app that a call or a notify is about. */
export class MerchantDirectory {
  constructor(private readonly merchants: readonly Merchant[]) {}

  /**
   * The app that a call is made for: the one named, or the only one there is.
   *
   * @throws Pass2PayValidationError when none or several fit.
   */
  async forCall(ref?: MerchantRef): Promise<Merchant> {
    const fitting = this.merchants.filter((merchant) => ref === undefined || names(ref, merchant));
    const [merchant] = fitting;
    if (merchant !== undefined && fitting.length === 1) return merchant;
    throw new Pass2PayValidationError([{ field: 'merchant', message: this.remedy(ref, fitting.length) }]);
  }

  /** The app that a notify names, or undefined. Both its numbers must fit. */
  async forNotify(mchNo: string, appId: string): Promise<Merchant | undefined> {
    return this.merchants.find((merchant) => names({ mchNo, appId }, merchant));
  }

  private remedy(ref: MerchantRef | undefined, found: number): string {
    if (ref === undefined) {
      return `merchant is required, since ${this.merchants.length} are configured: call with { merchant: { appId } }`;
    }
    if (!ref.appId) return 'merchant.appId is required: name the app that the call is made for';
    const named = [ref.mchNo, ref.appId].filter((part) => part !== undefined).join('/');
    return found === 0
      ? `merchant ${named} is not configured; add it to the module's merchants`
      : `merchant ${named} fits ${found} of the configured ones; name its mchNo too`;
  }
}

function names(ref: MerchantRef, merchant: Merchant): boolean {
  return merchant.appId === ref.appId && (ref.mchNo === undefined || merchant.mchNo === ref.mchNo);
}
