import type { MerchantOptions } from '../merchants/merchant.js';
import type { FlatParams } from '../protocol/notify/flat-params.js';
import { NotifyRefusal, type ClaimedOrder } from '../protocol/notify/notify-refusal.js';
import { shownValue } from '../protocol/shown-value.js';
import { orderNumber } from '../validation/checks.js';
import { shownMediaType, type NotifyMessage } from './notify-message.js';

/** What a message claims to be about; unverified until its signature has been checked. */
export class NotifyClaim {
  /** The first reading of the parameters. */
  params: FlatParams | undefined;
  /** The known merchant in the parameters. */
  merchant: MerchantOptions | undefined;

  constructor(
    private readonly message: NotifyMessage,
    private readonly kind: ClaimedOrder['kind'],
  ) {}

  /** The claimed order; undefined if its merchant is unknown or its number is invalid. */
  get order(): ClaimedOrder | undefined {
    const { kind, params, merchant } = this;
    const mchOrderNo = params?.['mchOrderNo'];
    if (merchant === undefined || orderNumber(mchOrderNo) !== undefined) return undefined;
    return { kind, mchNo: merchant.mchNo, appId: merchant.appId, mchOrderNo: mchOrderNo! };
  }

  /** Adds the message's claims to a refusal, for the log; other errors are unchanged. */
  explain(error: unknown): unknown {
    if (!(error instanceof NotifyRefusal)) return error;
    // Not a new error, because its stack trace would cost about as much as verifying a notify.
    return Object.assign(error, { message: `${error.message} (${this.description()})`, claimed: this.order });
  }

  private description(): string {
    const { params = {}, merchant } = this;
    const known = merchant === undefined ? [] : [merchant.mchNo, merchant.appId];
    const ids = ['mchNo', 'appId', 'mchOrderNo']
      .filter((name) => params[name])
      .map((name) => `${name} ${shownValue(params[name]!, known)}`);
    const about = ids.length === 0 ? [] : [`unverified: ${ids.join(', ')}`];
    return [...about, `Content-Type ${shownMediaType(this.message) ?? 'missing'}`].join('; ');
  }
}
