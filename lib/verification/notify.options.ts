import { shownValue } from '../protocol/shown-value.js';
import { oneOf } from '../validation/checks.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';
import { parseAddressBlock } from './address-block.js';

/** How notifies are verified. */
export class NotifyOptions {
  /**
   * Which notifies must be confirmed by a query: those with an `&` in a value, whose signature is ambiguous (source:
   * protocol §1), or all.
   */
  @Rule(optional(oneOf('suspicious', 'always')))
  confirmNotify?: 'suspicious' | 'always' = 'suspicious';

  /**
   * Allowed source addresses of notifies: IPv4 and IPv6 addresses and CIDR blocks, such as `203.0.113.0/24`. Requests
   * from other addresses are refused before their signature is checked. By default any address is allowed.
   *
   * The address of a request depends on the application: behind a proxy it is the proxy's, unless that is listed in
   * Express's `trust proxy` or Fastify's `trustProxy`.
   */
  @Rule(optional(addressBlocks))
  allowedNotifyAddresses?: readonly string[];
}

/** The options with all defaults applied. */
export type ResolvedNotifyOptions = Pick<NotifyOptions, 'allowedNotifyAddresses'> &
  Required<Omit<NotifyOptions, 'allowedNotifyAddresses'>>;

function addressBlocks(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    return "must be a list of at least one IP address or CIDR block, e.g. ['203.0.113.0/24']; leave it out to allow all";
  }
  const wrong = value.findIndex((one) => parseAddressBlock(one) === undefined);
  if (wrong === -1) return undefined;
  const given: unknown = value[wrong];
  const shown = typeof given === 'string' ? shownValue(given) : 'a value that is not a string';
  return `has ${shown} as element ${wrong + 1}; use an IP address or CIDR block, e.g. 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32, and write an IPv4-mapped one as IPv4`;
}

export const notifyOptions: OptionsRoom<NotifyOptions, ResolvedNotifyOptions> = {
  type: NotifyOptions,
  resolve: ({ allowedNotifyAddresses, ...options }) =>
    ({
      ...options,
      ...(allowedNotifyAddresses && { allowedNotifyAddresses: Object.freeze([...allowedNotifyAddresses]) }),
    }) as ResolvedNotifyOptions,
};
