import { sign } from 'nestjs-pass2pay/protocol';
import { writeNotify, type NotifyMessage } from '../../gateway/notify/notify-message.js';
import type { NotifyFormat, SandboxMerchant } from '../../gateway/options.js';
import { signedFields } from '../../gateway/orders/entry-data.js';
import type { OrderStateNumber } from '../../gateway/orders/order-state.js';
import type { SandboxOrder } from '../../gateway/orders/sandbox-order.js';
import type { Pass2PaySandbox } from '../../gateway/pass2pay-sandbox.js';

export type Fields = Readonly<Record<string, string>>;

const PAID = 2 satisfies OrderStateNumber;

/** An order created by the application, and the gateway's messages about it. */
export class OrderUnderProof {
  constructor(
    private readonly sandbox: Pass2PaySandbox,
    readonly merchant: Readonly<SandboxMerchant>,
    readonly mchOrderNo: string,
    private readonly notifyUrl: string,
    private readonly format: NotifyFormat,
  ) {}

  /** Its current state on the gateway. */
  get current(): SandboxOrder {
    return this.sandbox.order(this.mchOrderNo, this.merchant.mchNo)!;
  }

  /** A multiple of its amount, as text. */
  money(times = 1): string {
    return `${((this.current.amount * times) / 100).toFixed(2)} ${this.current.currency.toUpperCase()}`;
  }

  /** The payer pays in time. Returns the gateway's notify. */
  async paid(format?: NotifyFormat): Promise<NotifyMessage> {
    await this.sandbox.pay(this.mchOrderNo, this.merchant.mchNo);
    return this.write(this.fields(PAID), format);
  }

  /** The order ends without a payment. Returns the gateway's notify. */
  async ended(how: 'close' | 'fail'): Promise<NotifyMessage> {
    await this.sandbox[how](this.mchOrderNo, this.merchant.mchNo);
    return this.write(this.fields());
  }

  /** The payer pays an order that has ended. Returns the gateway's notify; the query still reports the original end. */
  async paidLate(): Promise<NotifyMessage> {
    await this.sandbox.payAfterClose(this.mchOrderNo, this.merchant.mchNo);
    const { successTime: _none, errCode: _none2, errMsg: _none3, ...fields } = this.fields(PAID);
    return this.write(fields);
  }

  /** The fields of a notify with this state, without `sign`. */
  fields(state: OrderStateNumber = this.current.state): Fields {
    const { sign: _other, ...fields } = signedFields(
      { kind: 'order', of: { ...this.current, state } },
      this.merchant.secret,
      this.sandbox.now(),
    );
    return fields;
  }

  /** The message with these fields, signed with the merchant's secret. */
  write(fields: Fields, format: NotifyFormat = this.format): NotifyMessage {
    return this.writeSigned(this.signed(fields), format);
  }

  /** The fields with their `sign`. */
  signed(fields: Fields): Fields {
    return { ...fields, sign: sign(fields, this.merchant.secret) };
  }

  /** The message with these fields, whatever their `sign`. */
  writeSigned(fields: Fields, format: NotifyFormat = this.format): NotifyMessage {
    return writeNotify(this.notifyUrl, fields, format);
  }
}
