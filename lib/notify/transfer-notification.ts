import { assignGiven } from '../gateway/assign-given.js';
import { TRANSFER_STATES } from '../transfer/transfer-state.js';
import { Transfer } from '../transfer/transfer.dto.js';
import { NotifyFields, type FlatParams } from './flat-params.js';

/** A transfer's result as the gateway posts it, after its signature was verified. Source: protocol §8. */
export class TransferNotification extends Transfer {
  /** When the gateway wrote the notify, in ms since 1970. Retries repeat it, so it may be days old. */
  reqTime!: number;
}

/** The parameters that a transfer notify can have, `sign` aside; some only in the platform that the gateway derives from. */
export const TRANSFER_NOTIFY_FIELDS: ReadonlySet<string> = new Set([
  'transferId',
  'mchNo',
  'appId',
  'mchOrderNo',
  'ifCode',
  'entryType',
  'amount',
  'currency',
  'state',
  'accountNo',
  'accountName',
  'bankName',
  'transferDesc',
  'channelOrderNo',
  'channelExtra',
  'channelResData',
  'errCode',
  'errMsg',
  'extParam',
  'extraParam',
  'createdAt',
  'successTime',
  'reqTime',
]);

/** @throws NotifyRefusal when a parameter is missing or not as documented. */
export function readTransferNotification(params: FlatParams): TransferNotification {
  const fields = new NotifyFields(params);
  return assignGiven(new TransferNotification(), {
    transferId: fields.text('transferId'),
    mchOrderNo: fields.text('mchOrderNo'),
    mchNo: fields.text('mchNo'),
    appId: fields.text('appId'),
    amount: fields.integer('amount'),
    currency: fields.text('currency'),
    state: fields.state(TRANSFER_STATES),
    ifCode: fields.optionalText('ifCode'),
    entryType: fields.optionalText('entryType'),
    accountNo: fields.optionalText('accountNo'),
    accountName: fields.optionalText('accountName'),
    bankName: fields.optionalText('bankName'),
    transferDesc: fields.optionalText('transferDesc'),
    channelOrderNo: fields.optionalText('channelOrderNo'),
    errCode: fields.optionalText('errCode'),
    errMsg: fields.optionalText('errMsg'),
    extParam: fields.optionalText('extParam') ?? fields.optionalText('extraParam'),
    createdAt: fields.optionalInteger('createdAt'),
    successTime: fields.optionalInteger('successTime'),
    reqTime: fields.integer('reqTime'),
  });
}
