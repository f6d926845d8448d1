import { refuseOtherSpelling } from '../client/other-spelling.js';
import { ResponseFields } from '../client/response-fields.js';
import type { CallOptions } from '../client/call.js';
import type { GatewayClient } from '../client/gateway-client.js';
import { Pass2PayValidationError } from '../errors/pass2pay.errors.js';
import { readTransfer } from './read-transfer.js';
import { Transfer } from './transfer.dto.js';

/** Identifies a transfer by the merchant's or the gateway's number. */
export type TransferRef =
  { mchOrderNo: string; transferId?: undefined } | { transferId: string; mchOrderNo?: undefined };

/** Queries a transfer (api/transfer/query). */
export class TransferQuery {
  constructor(private readonly gateway: GatewayClient) {}

  /**
   * Queries the transfer.
   *
   * @throws Pass2PayApiError when the gateway does not know it.
   * @throws Pass2PayOrderConflictError when the response is for a transfer whose number differs in case or trailing
   * spaces.
   * @throws Pass2PayError the errors of `GatewayClient.call`.
   */
  async find(ref: TransferRef, options?: CallOptions): Promise<Transfer> {
    const { mchOrderNo, transferId } = ref;
    if ((mchOrderNo ?? '') === '' && (transferId ?? '') === '') {
      const message = 'mchOrderNo or transferId is required: name the transfer by one of them';
      throw new Pass2PayValidationError([{ field: 'mchOrderNo', message }]);
    }
    const response = await this.gateway.call('transferQuery', { mchOrderNo, transferId }, options);
    const fields = new ResponseFields(response, { readOnly: true });
    const transfer = readTransfer(new Transfer(), fields);
    refuseOtherSpelling(mchOrderNo, transfer.mchOrderNo);
    const isTheOne =
      transfer.mchNo === response.merchant.mchNo &&
      (mchOrderNo === undefined || transfer.mchOrderNo === mchOrderNo) &&
      (transferId === undefined || transfer.transferId === transferId);
    if (!isTheOne) throw fields.wrong(`is for a different transfer than ${mchOrderNo ?? transferId}`);
    return transfer;
  }
}
