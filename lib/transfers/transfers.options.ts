import { notifyUrl, oneOf } from '../validation/checks.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';

/** The defaults of transfers. */
export class TransfersOptions {
  /** The default `notifyUrl` of transfers; same rules as the option `notifyUrl`. */
  @Rule(optional(notifyUrl))
  transferNotifyUrl?: string;

  /**
   * The name of a transfer's `extParam` on the wire. The gateway's documents say extraParam; the platform that it
   * derives from accepts only extParam and refuses the signature of the other. Source: protocol §2.
   */
  @Rule(optional(oneOf('extParam', 'extraParam')))
  transferExtParamName?: 'extParam' | 'extraParam' = 'extParam';
}

/** The options with all defaults applied. */
export type ResolvedTransfersOptions = TransfersOptions & Required<Pick<TransfersOptions, 'transferExtParamName'>>;

export const transfersOptions: OptionsRoom<TransfersOptions, ResolvedTransfersOptions> = {
  type: TransfersOptions,
  resolve: (options) => ({ ...options }) as ResolvedTransfersOptions,
};
