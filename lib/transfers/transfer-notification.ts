import { readTransfer } from './read-transfer.js';
import { Transfer } from './transfer.dto.js';
import { NotifyFields, type FlatParams } from '../protocol/notify/flat-params.js';
import { ApiSchema } from '../openapi/decorators.js';
import { MILLISECONDS } from '../openapi/schema.js';
import { assignGiven } from '../validation/assign-given.js';

/**
 * A transfer's result as the gateway posts it, after its signature was verified. `state` is passed on even where it is not a
 * documented one. Source: protocol §8 and §9.
 */
export class TransferNotification extends Transfer {
  /**
   * When the gateway wrote the notify, in ms since 1970. Retries repeat it, so it may be days old.
   * @example 1716888889000
   */
  @ApiSchema(MILLISECONDS)
  reqTime?: number;

  /**
   * Every other field that the notify was signed with, by its name: the gateway adds fields without notice. All are text.
   * @example { channelResData: '0' }
   */
  @ApiSchema({ type: 'object', additionalProperties: { type: 'string' }, readOnly: true })
  override extra!: Readonly<Record<string, string>>;
}

/**
 * @param onUnreadable is told the name of each optional field whose value cannot be read, and is left out
 * @throws NotifyRefusal when what identifies or binds the transfer is missing or impossible.
 */
export function readTransferNotification(
  params: FlatParams,
  onUnreadable?: (field: string) => void,
): TransferNotification {
  const fields = new NotifyFields(params, onUnreadable);
  const transfer = readTransfer(new TransferNotification(), fields);
  assignGiven<Partial<TransferNotification>>(transfer, { reqTime: fields.optionalTime('reqTime') });
  transfer.extra = fields.rest();
  return transfer;
}
