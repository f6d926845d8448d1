import { messageOf } from '../errors/message-of.js';
import { Pass2PayError, Pass2PayOutcomeUnknownError } from '../errors/pass2pay.errors.js';
import type { Creation, IdempotentCreate } from './idempotent-create.js';
import type { CreatePorts, CreateResult, NewOrder } from './order-store.js';

/** Makes orders and transfers that are written before they are sent, and their results after. */
export class StoredCreate {
  constructor(
    private readonly creates: IdempotentCreate,
    private readonly ports: CreatePorts,
  ) {}

  /**
   * @param idAndState of what was made
   * @throws as `IdempotentCreate.create` and `OrderStore.creating` do.
   */
  async create<Created, Existing>(
    order: NewOrder,
    creation: Creation<Created, Existing>,
    idAndState: (created: Created) => { gatewayId: string; state: number },
  ): Promise<Created> {
    await this.ports.store?.creating(order);
    let created: Created;
    try {
      created = await this.creates.create(creation);
    } catch (error) {
      await this.settle(order, failed(error));
      throw error;
    }
    await this.settle(order, { status: 'created', ...idAndState(created) });
    return created;
  }

  private async settle(order: NewOrder, result: CreateResult): Promise<void> {
    try {
      await this.ports.store?.settled(order, result);
    } catch (error) {
      const { mchOrderNo } = order;
      this.ports.warn?.(
        `The result of creating ${mchOrderNo} (${result.status}) could not be stored: ${messageOf(error)}`,
      );
    }
  }
}

/** Any error of the module but one says that there is no order; of another error nobody knows. */
function failed(error: unknown): CreateResult {
  const isRefused = error instanceof Pass2PayError && !(error instanceof Pass2PayOutcomeUnknownError);
  return isRefused ? { status: 'refused', error } : { status: 'unknown', error };
}
