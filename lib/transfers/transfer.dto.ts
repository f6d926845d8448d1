import { TransferState } from '../protocol/transfer-state.js';
import { ApiSchema } from '../openapi/decorators.js';
import { MILLISECONDS } from '../openapi/schema.js';

/** A transfer: the response of a query. Source: protocol §8. */
export class Transfer {
  /**
   * The gateway's transfer number.
   * @example 'T1795063328371040258'
   */
  transferId!: string;

  /**
   * The merchant's transfer number.
   * @example '20160427210604000490'
   */
  mchOrderNo!: string;

  /**
   * The merchant's number.
   * @example 'M1621873433953'
   */
  mchNo!: string;

  /**
   * The app that created it.
   * @example '60cc09bce4b0f1c0b83761c9'
   */
  appId!: string;

  /**
   * Minor units: 10031 is 100.31 yuan.
   * @example 10031
   */
  @ApiSchema({ type: 'integer', format: 'int32', minimum: 1 })
  amount!: number;

  /**
   * Three letters, such as `cny`.
   * @example 'cny'
   */
  currency!: string;

  /**
   * 0 created, 1 processing, 2 success, 3 failed, 4 closed.
   * @example 2
   */
  @ApiSchema({ type: 'integer' })
  state!: TransferState;

  /**
   * The gateway's code of the payment channel.
   * @example 'alipay'
   */
  ifCode?: string;

  /**
   * The kind of account, such as `BANK_CARD`.
   * @example 'BANK_CARD'
   */
  entryType?: string;

  /**
   * The receiver's account number.
   * @example '6222020200112233445'
   */
  accountNo?: string;

  /**
   * The receiver's name.
   * @example '张三'
   */
  accountName?: string;

  /**
   * The receiver's bank.
   * @example '中国工商银行'
   */
  bankName?: string;

  /**
   * The description.
   * @example '0'
   */
  transferDesc?: string;

  /**
   * The payment channel's transfer number.
   * @example '20240528220014123456'
   */
  channelOrderNo?: string;

  /**
   * The payment channel's error code.
   * @example 'ACQ.TRADE_HAS_CLOSE'
   */
  errCode?: string;

  /**
   * The payment channel's error message.
   * @example '交易已关闭'
   */
  errMsg?: string;

  /**
   * True if the gateway has stored the transfer although its channel failed: state 0 with an error. It does not
   * continue by itself and no notify follows: ask Pass2Pay about the money before you transfer it again.
   * @example true
   */
  needsAttention?: boolean;

  /**
   * The merchant's extParam; the documents call it extraParam.
   * @example '134586944573118714'
   */
  extParam?: string;

  /**
   * When the gateway created the transfer, in ms since 1970.
   * @example 1716888800000
   */
  @ApiSchema(MILLISECONDS)
  createdAt?: number;

  /**
   * When the transfer succeeded, in ms since 1970.
   * @example 1716888888123
   */
  @ApiSchema(MILLISECONDS)
  successTime?: number;

  /**
   * All other signed fields of a notify, by name: the gateway adds fields without notice. All values are strings.
   * @example { channelResData: '0' }
   */
  @ApiSchema({ type: 'object', additionalProperties: { type: 'string' }, readOnly: true })
  extra?: Readonly<Record<string, string>>;
}
