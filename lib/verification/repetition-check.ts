import type { PaymentNotification } from '../payments/payment-notification.js';
import type { TransferNotification } from '../transfers/transfer-notification.js';

/** Knows which notifies bring no news, so that whoever repeats one causes hardly any queries. */
export interface RepetitionCheck {
  /**
   * What `confirm` gives; one notify of an order is confirmed at a time. Where the state of the notification, or a further
   * one, was applied before, no handler runs for it: it is given back without a query.
   *
   * @param isAmbiguous whether it must be confirmed all the same, since its signature fits other messages too
   * @throws what `confirm` throws; where too many notifies of the order wait already.
   */
  confirmInTurn<Told extends PaymentNotification | TransferNotification>(
    notification: Told,
    isAmbiguous: boolean,
    confirm: () => Promise<Told>,
  ): Promise<Told>;
}

/** For those who remember nothing. */
export const NO_REPETITIONS: RepetitionCheck = {
  confirmInTurn: (_notification, _isAmbiguous, confirm) => confirm(),
};
