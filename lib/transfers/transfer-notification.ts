import { readTransfer } from './read-transfer.js';
import { Transfer } from './transfer.dto.js';
import { NotifyFields, type FlatParams } from '../protocol/notify/flat-params.js';
import { ApiSchema } from '../openapi/decorators.js';
import { MILLISECONDS } from '../openapi/schema.js';

/** A transfer's result as the gateway posts it, after its signature was verified. Source: protocol §8. */
export class TransferNotification extends Transfer {
  /**
   * When the gateway wrote the notify, in ms since 1970. Retries repeat it, so it may be days old.
   * @example 1716888889000
   */
  @ApiSchema(MILLISECONDS)
  reqTime!: number;
}

/** @throws NotifyRefusal when a parameter is missing or not as documented. */
export function readTransferNotification(params: FlatParams): TransferNotification {
  const fields = new NotifyFields(params);
  const transfer = readTransfer(new TransferNotification(), fields);
  transfer.reqTime = fields.integer('reqTime');
  return transfer;
}
