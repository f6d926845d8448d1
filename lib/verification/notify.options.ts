import { oneOf } from '../validation/checks.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';

/** How notifies are let in. */
export class NotifyOptions {
  /**
   * Which notifies count only after a query has confirmed them: those with an `&` in a value, whose signature is
   * ambiguous (source: protocol §1), or every one.
   */
  @Rule(optional(oneOf('suspicious', 'always')))
  confirmNotify?: 'suspicious' | 'always' = 'suspicious';
}

/** The options with every default filled in. */
export type ResolvedNotifyOptions = Required<NotifyOptions>;

export const notifyOptions: OptionsRoom<NotifyOptions, ResolvedNotifyOptions> = {
  type: NotifyOptions,
  resolve: (options) => ({ ...options }) as ResolvedNotifyOptions,
};
