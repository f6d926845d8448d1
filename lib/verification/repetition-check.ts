import type { PaymentNotification } from '../payments/payment-notification.js';
import type { TransferNotification } from '../transfers/transfer-notification.js';

/** Recognises repeated notifies, so that replaying one causes hardly any queries. */
export interface RepetitionCheck {
  /**
   * Returns the result of `confirm`; one notify per order is confirmed at a time. If the notification's state, or a
   * later one, has already been applied, no handler will run, so it is returned without a query.
   *
   * @param isAmbiguous whether it must be confirmed anyway, because its signature is valid for other
   * messages too
   * @throws what `confirm` throws, and when too many notifies of the order are waiting.
   */
  confirmInTurn<Told extends PaymentNotification | TransferNotification>(
    notification: Told,
    isAmbiguous: boolean,
    confirm: () => Promise<Told>,
  ): Promise<Told>;
}

/** For callers without memory. */
export const NO_REPETITIONS: RepetitionCheck = {
  confirmInTurn: (_notification, _isAmbiguous, confirm) => confirm(),
};
