import { readTransfer } from './read-transfer.js';
import { Transfer } from './transfer.dto.js';
import { NotifyFields, type FlatParams } from '../protocol/notify/flat-params.js';
import { ApiSchema } from '../openapi/decorators.js';
import { MILLISECONDS } from '../openapi/schema.js';
import { assignGiven } from '../validation/assign-given.js';

/**
 * A transfer's result as the gateway posts it, with a verified signature. An undocumented `state` is passed on. Source:
 * protocol §8 and §9.
 */
export class TransferNotification extends Transfer {
  /**
   * When the gateway wrote the notify, in ms since 1970. Redeliveries repeat it, so it may be days old.
   * @example 1716888889000
   */
  @ApiSchema(MILLISECONDS)
  reqTime?: number;

  /**
   * All other signed fields of the notify, by name: the gateway adds fields without notice. All values are strings.
   * @example { channelResData: '0' }
   */
  @ApiSchema({ type: 'object', additionalProperties: { type: 'string' }, readOnly: true })
  override extra!: Readonly<Record<string, string>>;
}

/**
 * @param onUnreadable called with the name of each optional field that is left out because its value cannot be read
 * @throws NotifyRefusal when a field that identifies the transfer or sets its terms is missing or invalid.
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
