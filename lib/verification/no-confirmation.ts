import { isAmbiguous } from '../protocol/notify/is-ambiguous.js';
import type { FlatParams } from '../protocol/notify/flat-params.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import { LOST_NUMBERS } from './lost-numbers.js';
import type { Confirmation } from './notify-confirmation.js';

/** Refuses notifies that need a confirming query, when no query is possible. */
export class NoConfirmation implements Confirmation {
  isNeeded(params: FlatParams): boolean {
    return isAmbiguous(params);
  }

  /** @throws NotifyRefusal always. */
  async confirmPayment(): Promise<never> {
    throw new NotifyRefusal(
      'ambiguous',
      'a value contains "&", so the signature is valid for other messages too; use Pass2PayClient.verifyNotify, which confirms such a notify with a query',
    );
  }

  /** @throws as `confirmPayment` does. */
  async confirmTransfer(): Promise<never> {
    return this.confirmPayment();
  }

  /** @throws NotifyRefusal always. */
  async confirmUnsignedPayment(): Promise<never> {
    throw new NotifyRefusal('bad-signature', LOST_NUMBERS);
  }

  /** @throws NotifyRefusal always. */
  async confirmUnsignedTransfer(): Promise<never> {
    throw new NotifyRefusal('bad-signature', LOST_NUMBERS);
  }
}
