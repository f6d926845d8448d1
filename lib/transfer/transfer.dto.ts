import { TransferState } from './transfer-state.js';

/** A transfer as the gateway knows it: a query's answer. Source: protocol §8. */
export class Transfer {
  /** The gateway's number of the transfer. */
  transferId!: string;

  /** The merchant's number of the transfer. */
  mchOrderNo!: string;

  mchNo!: string;

  appId!: string;

  /** Minor units: 10031 is 100.31 yuan. */
  amount!: number;

  currency!: string;

  state!: TransferState;

  /** The gateway's code of the payment channel. */
  ifCode?: string;

  /** The kind of account, such as `BANK_CARD`. */
  entryType?: string;

  /** The receiver's account number. */
  accountNo?: string;

  /** The receiver's name. */
  accountName?: string;

  bankName?: string;

  transferDesc?: string;

  /** The payment channel's number of the transfer. */
  channelOrderNo?: string;

  /** The payment channel's error code. */
  errCode?: string;

  /** The payment channel's error text. */
  errMsg?: string;

  /** What the merchant sent as extParam; the documents call it extraParam. */
  extParam?: string;

  /** When the gateway made the transfer, in ms since 1970. */
  createdAt?: number;

  /** When the transfer succeeded, in ms since 1970. */
  successTime?: number;
}
