import { httpUrl, notifyUrl } from '../validation/checks.js';
import { flag } from '../validation/option-rules.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';

/** What orders are made with, unless they say otherwise. */
export class PaymentsOptions {
  /** Where the gateway posts an order's result, unless the order says otherwise: up to 128 characters, no `?`, no `#`. */
  @Rule(optional(notifyUrl))
  notifyUrl?: string;

  /** Where the payer goes after paying, unless the order says otherwise: up to 128 characters. */
  @Rule(optional(httpUrl))
  returnUrl?: string;

  /** Lets cashier orders carry `subject` and `body`, which the gateway's documents reserve. */
  @Rule(optional(flag))
  allowReservedFields?: boolean = false;
}

/** The options with every default filled in. */
export type ResolvedPaymentsOptions = PaymentsOptions & { allowReservedFields: boolean };

export const paymentsOptions: OptionsRoom<PaymentsOptions, ResolvedPaymentsOptions> = {
  type: PaymentsOptions,
  resolve: (options) => ({ ...options }) as ResolvedPaymentsOptions,
};
