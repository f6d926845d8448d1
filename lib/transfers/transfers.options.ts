import { notifyUrl, oneOf } from '../validation/checks.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';

/** What transfers are made with, unless they say otherwise. */
export class TransfersOptions {
  /** Where the gateway posts a transfer's result, unless the transfer says otherwise; as `notifyUrl`. */
  @Rule(optional(notifyUrl))
  transferNotifyUrl?: string;

  /**
   * The name of a transfer's `extParam` on the wire. The gateway's documents say extraParam; the platform that it derives
   * from takes only extParam, and refuses the other's signature. Source: protocol §2.
   */
  @Rule(optional(oneOf('extParam', 'extraParam')))
  transferExtParamName?: 'extParam' | 'extraParam' = 'extParam';
}

/** The options with every default filled in. */
export type ResolvedTransfersOptions = TransfersOptions & Required<Pick<TransfersOptions, 'transferExtParamName'>>;

export const transfersOptions: OptionsRoom<TransfersOptions, ResolvedTransfersOptions> = {
  type: TransfersOptions,
  resolve: (options) => ({ ...options }) as ResolvedTransfersOptions,
};
