import { TransferState } from '../protocol/transfer-state.js';
import { ApiSchema } from '../openapi/decorators.js';

/** A created transfer: the response of api/transferOrder. Source: protocol §8. */
export class CreatedTransfer {
  /**
   * The gateway's transfer number.
   * @example 'T1795063328371040258'
   */
  transferId!: string;

  /**
   * Your transfer number.
   * @example '20160427210604000490'
   */
  mchOrderNo!: string;

  /**
   * Minor units.
   * @example 10031
   */
  @ApiSchema({ type: 'integer', format: 'int32', minimum: 1 })
  amount!: number;

  /**
   * A response without an error does not mean success: check the state. 0 created, 1 processing, 2 success, 3 failed, 4
   * closed.
   * @example 2
   */
  @ApiSchema({ type: 'integer' })
  state!: TransferState;

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
   * True if an earlier call created the transfer, or if this call's response was lost and a query found the transfer.
   * @example false
   */
  recovered!: boolean;

  /**
   * The gateway's request ID.
   * @example '9d1a6b0e7c3f4f5a'
   */
  traceId?: string;
}
