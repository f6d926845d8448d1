import { Injectable } from '@nestjs/common';
import { GatewayClient, type CallOptions } from '../client/gateway-client.js';
import { IdempotentCreate } from '../client/idempotent-create.js';
import { PaymentQuery } from './payment-query.js';
import type { PaymentOrder } from './payment-order.dto.js';

/** What of a payment order must be the same for it to be the one that was asked for. */
interface Wanted {
  mchOrderNo: string;
  /** Minor units. */
  amount: number;
  currency: string;
}

/** Makes payment orders of all kinds so that their outcome is known. */
@Injectable()
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
    const { mchOrderNo } = wanted;
    const { appId } = await this.gateway.merchantOf(options);
    return this.outcome.create({
      mchOrderNo,
      signal: options.signal,
      send: steps.send,
      find: () => this.query.find({ mchOrderNo }, options),
      differences: (existing) => differences(existing, { ...wanted, appId }),
      recover: steps.recover,
    });
  }
}

function differences(existing: PaymentOrder, wanted: Wanted & { appId: string }): string[] {
  const different: string[] = [];
  if (existing.amount !== wanted.amount) different.push(`amount is ${existing.amount}, not ${wanted.amount}`);
  if (existing.currency.toLowerCase() !== wanted.currency.toLowerCase()) {
    different.push(`currency is ${existing.currency}, not ${wanted.currency}`);
  }
  // A query finds the orders of all apps of the merchant. Source: protocol §6.
  if (existing.appId !== wanted.appId) different.push(`appId is ${existing.appId}, not ${wanted.appId}`);
  return different;
}
