import type { CallOptions } from '../client/call.js';
import type { GatewayClient } from '../client/gateway-client.js';
import type { IdempotentCreate } from '../client/idempotent-create.js';
import { differencesOf } from '../protocol/compare-terms.js';
import type { PaymentQuery } from './payment-query.js';
import type { PaymentOrder } from './payment-order.dto.js';

/** What of a payment order must be the same for it to be the one that was asked for. */
interface Wanted {
  mchOrderNo: string;
  /** Minor units. */
  amount: number;
  currency: string;
}

/** Makes payment orders of all kinds so that their outcome is known. */
export class OrderCreation {
  constructor(
    private readonly gateway: GatewayClient,
    private readonly query: PaymentQuery,
    private readonly outcome: IdempotentCreate,
  ) {}

  /**
   * @param steps `send` sends the create once; `recover` makes its result of an order that exists already
   * @throws as `IdempotentCreate.create` does.
   */
  async create<Created>(
    wanted: Wanted,
    steps: { send: () => Promise<Created>; recover: (existing: PaymentOrder) => Created },
    options: CallOptions = {},
  ): Promise<Created> {
    const { mchOrderNo, amount, currency } = wanted;
    const { appId } = await this.gateway.merchantOf(options);
    return this.outcome.create({
      mchOrderNo,
      signal: options.signal,
      send: steps.send,
      find: () => this.query.find({ mchOrderNo }, options),
      // A query finds the orders of all apps of the merchant. Source: protocol §6.
      differences: (existing) => differencesOf(existing, { amount, currency, appId }),
      recover: steps.recover,
    });
  }
}
