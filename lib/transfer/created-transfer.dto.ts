import { TransferState } from './transfer-state.js';

/** A transfer as the gateway took it: the answer of api/transferOrder. Source: protocol §8. */
export class CreatedTransfer {
  /** The gateway's number of the transfer. */
  transferId!: string;

  /** Your own number of the transfer. */
  mchOrderNo!: string;

  /** Minor units. */
  amount!: number;

  /** An answer without an error is no success: look at the state. */
  state!: TransferState;

  /** The receiver's account number. */
  accountNo?: string;

  /** The receiver's name. */
  accountName?: string;

  bankName?: string;

  /** The payment channel's number of the transfer. */
  channelOrderNo?: string;

  /** The payment channel's error code. */
  errCode?: string;

  /** The payment channel's error text. */
  errMsg?: string;

  /** Whether the create's own answer was lost and the transfer was found again by a query. */
  recovered!: boolean;

  /** The gateway's own mark of the request. */
  traceId?: string;
}
