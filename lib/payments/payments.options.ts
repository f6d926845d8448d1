import { httpUrl, notifyUrl } from '../validation/checks.js';
import { flag } from '../validation/option-rules.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';

/** The defaults of payment orders. */
export class PaymentsOptions {
  /** The default `notifyUrl` of payment orders: up to 128 characters, no `?`, no `#`. */
  @Rule(optional(notifyUrl))
  notifyUrl?: string;

  /** The default `returnUrl` of payment orders: up to 128 characters. */
  @Rule(optional(httpUrl))
  returnUrl?: string;

  /** Allows `subject` and `body` in cashier orders, which the gateway's documents reserve. */
  @Rule(optional(flag))
  allowReservedFields?: boolean = false;
}

/** The options with all defaults applied. */
export type ResolvedPaymentsOptions = PaymentsOptions & { allowReservedFields: boolean };

export const paymentsOptions: OptionsRoom<PaymentsOptions, ResolvedPaymentsOptions> = {
  type: PaymentsOptions,
  resolve: (options) => ({ ...options }) as ResolvedPaymentsOptions,
};
