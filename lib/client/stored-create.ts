import { messageOf } from '../errors/message-of.js';
import { Pass2PayError, Pass2PayOutcomeUnknownError } from '../errors/pass2pay.errors.js';
import type { Creation, IdempotentCreate } from './idempotent-create.js';
import type { CreatePorts, CreateResponse, CreateResult, CreateStart, NewOrder, OrderStore } from './order-store.js';

/** How to create a stored order, and how to return it again. */
export interface StoredCreation<Created, Existing> extends Omit<Creation<Created, Existing>, 'known'> {
  /** payOrderId or transferId of the created order. */
  gatewayId: (created: Created) => string;
  /** Restores an earlier create's result from its JSON. */
  restore: (stored: Created) => Created;
}

/** Creates orders and transfers that are stored before they are sent; the result is stored afterwards. */
export class StoredCreate {
  constructor(
    private readonly creates: IdempotentCreate,
    private readonly ports: CreatePorts,
  ) {}

  /** @throws as `IdempotentCreate.create` and `OrderStore.creating` do. */
  async create<Created extends CreateResponse, Existing>(
    order: NewOrder,
    creation: StoredCreation<Created, Existing>,
  ): Promise<Created> {
    const { store } = this.ports;
    if (store === undefined) return this.creates.create({ known: 'nothing', ...creation });
    const start = await store.creating(order, creation.signal);
    if (start.known === 'created' && start.response !== undefined) {
      return creation.restore(JSON.parse(start.response) as Created);
    }
    let created: Created;
    try {
      created = await endingInTime(creation.signal, start, (signal) =>
        this.creates.create({ known: start.known, ...creation, signal }),
      );
    } catch (error) {
      await this.settle(store, order, failed(error), start);
      throw error;
    }
    const result = { status: 'created', gatewayId: creation.gatewayId(created), response: created } as const;
    await this.settle(store, order, result, start);
    return created;
  }

  private async settle(store: OrderStore, order: NewOrder, result: CreateResult, start: CreateStart): Promise<void> {
    try {
      await store.settled(order, result, start);
    } catch (error) {
      const { mchOrderNo } = order;
      this.ports.warn?.(
        `The result of the create of ${mchOrderNo} (${result.status}) could not be stored: ${messageOf(error)}`,
      );
    }
  }
}

/** A create that outlives its lease could be sent while another process sends it too. */
async function endingInTime<Result>(
  signal: AbortSignal | undefined,
  start: CreateStart,
  work: (signal: AbortSignal | undefined) => Promise<Result>,
): Promise<Result> {
  const lease = start.known === 'created' ? undefined : start.lease;
  if (lease === undefined) return work(signal);
  const end = new AbortController();
  const stop = () => end.abort(new Error('The create took longer than its timeouts and retries allow.'));
  const timer = setTimeout(stop, lease.endsAt - performance.now());
  try {
    return await work(signal === undefined ? end.signal : AbortSignal.any([signal, end.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** Every error of the module except one means that there is no order; after any other error the outcome is unknown. */
function failed(error: unknown): CreateResult {
  const isRefused = error instanceof Pass2PayError && !(error instanceof Pass2PayOutcomeUnknownError);
  return isRefused ? { status: 'refused', error } : { status: 'unknown', error };
}
