import type { PaymentNotification } from '../payments/payment-notification.js';
import type { TransferNotification } from '../transfers/transfer-notification.js';

/** Knows which notifies bring no news, so that a repeated one costs no query. */
export interface RepetitionCheck {
  /**
   * Whether the state of this notification, or a further one of its order, was applied before: no handler runs for it then.
   *
   * @throws where the order is being handled, and no more notifies of it can wait.
   */
  isRepetition(notification: PaymentNotification | TransferNotification): Promise<boolean>;
}

/** For those who remember nothing. */
export const NO_REPETITIONS: RepetitionCheck = { isRepetition: async () => false };
