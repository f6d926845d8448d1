import type { FieldReader } from '../protocol/field-reader.js';
import { assignGiven } from '../validation/assign-given.js';
import { TRANSFER_STATES } from '../protocol/transfer-state.js';
import { needsAttention } from './needs-attention.js';
import type { Transfer } from './transfer.dto.js';

/** Sets the fields that query responses and notifies have in common. Source: protocol §8. */
export function readTransfer<T extends Transfer>(transfer: T, fields: FieldReader): T {
  const state = fields.state('state', TRANSFER_STATES);
  const errCode = fields.optionalText('errCode');
  const errMsg = fields.optionalText('errMsg');
  return assignGiven<Transfer>(transfer, {
    transferId: fields.text('transferId'),
    mchOrderNo: fields.text('mchOrderNo'),
    mchNo: fields.text('mchNo'),
    appId: fields.text('appId'),
    amount: fields.integer('amount'),
    currency: fields.text('currency'),
    state,
    ifCode: fields.optionalText('ifCode'),
    entryType: fields.optionalText('entryType'),
    accountNo: fields.optionalText('accountNo'),
    accountName: fields.optionalText('accountName'),
    bankName: fields.optionalText('bankName'),
    transferDesc: fields.optionalText('transferDesc'),
    channelOrderNo: fields.optionalText('channelOrderNo'),
    errCode,
    errMsg,
    needsAttention: needsAttention({ state, errCode, errMsg }),
    extParam: fields.optionalText('extParam') ?? fields.optionalText('extraParam'),
    createdAt: fields.optionalTime('createdAt'),
    successTime: fields.optionalTime('successTime'),
  }) as T;
}
