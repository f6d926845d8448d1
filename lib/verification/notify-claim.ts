import type { MerchantOptions } from '../merchants/merchant.js';
import type { FlatParams } from '../protocol/notify/flat-params.js';
import { NotifyRefusal, type ClaimedOrder } from '../protocol/notify/notify-refusal.js';
import { shownValue } from '../protocol/shown-value.js';
import { orderNumber } from '../validation/checks.js';
import { shownMediaType, type NotifyMessage } from './notify-message.js';

/** What a message says it is about, which nobody has vouched for until its signature has verified. */
export class NotifyClaim {
  /** As they were read first. */
  params: FlatParams | undefined;
  /** The known merchant that they name. */
  merchant: MerchantOptions | undefined;

  constructor(
    private readonly message: NotifyMessage,
    private readonly kind: ClaimedOrder['kind'],
  ) {}

  /** The order that it names; undefined where its merchant is not known, or its number cannot be one. */
  get order(): ClaimedOrder | undefined {
    const { kind, params, merchant } = this;
    const mchOrderNo = params?.['mchOrderNo'];
    if (merchant === undefined || orderNumber(mchOrderNo) !== undefined) return undefined;
    return { kind, mchNo: merchant.mchNo, appId: merchant.appId, mchOrderNo: mchOrderNo! };
  }

  /** The error with what the message says of itself, for the log; errors of other kinds as they are. */
  explain(error: unknown): unknown {
    if (!(error instanceof NotifyRefusal)) return error;
    // Not a new error: its stack would cost about as much as verifying a notify.
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
