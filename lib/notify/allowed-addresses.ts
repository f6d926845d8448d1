import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import { shownValue } from '../protocol/shown-value.js';
import { AddressSet } from '../verification/address-block.js';
import type { ResolvedNotifyOptions } from '../verification/notify.options.js';
import type { NotifyRequest } from './notify-request.js';

/** The allowed source addresses of notifies. */
@Injectable()
export class AllowedAddresses {
  private readonly allowed: AddressSet | undefined;

  constructor(@Inject(RESOLVED_OPTIONS) { allowedNotifyAddresses }: ResolvedNotifyOptions) {
    this.allowed = allowedNotifyAddresses && new AddressSet(allowedNotifyAddresses);
  }

  /**
   * Only the application can judge the header X-Forwarded-For, because anybody can set it.
   *
   * @throws NotifyRefusal when a request comes from another address.
   */
  demand({ ip }: Pick<NotifyRequest, 'ip'>): void {
    if (this.allowed === undefined || (ip !== undefined && this.allowed.has(ip))) return;
    const from = ip === undefined ? 'a sender without an IP address' : shownValue(ip);
    throw new NotifyRefusal(
      'address',
      `it came from ${from}, which is not in allowedNotifyAddresses; if that is your proxy, add it to Express's trust proxy or Fastify's trustProxy`,
    );
  }
}
