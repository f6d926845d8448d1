import type { CallOptions } from '../client/call.js';
import type { GatewayClient } from '../client/gateway-client.js';
import type { IdempotentCreate } from '../client/idempotent-create.js';
import { messageOf } from '../errors/message-of.js';
import { Pass2PayError, Pass2PayOutcomeUnknownError } from '../errors/pass2pay.errors.js';
import { differencesOf } from '../protocol/compare-terms.js';
import { isFinal } from '../protocol/order-state.js';
import { isKnownPayDataType } from '../protocol/pay-data-type.js';
import { shownName } from '../protocol/shown-name.js';
import type { CashierOrder } from './cashier-order.dto.js';
import type { CreatedPayment } from './created-payment.dto.js';
import type { CreateResult, NewOrder, OrderPorts } from './order-store.js';
import type { PaymentQuery } from './payment-query.js';
import type { PaymentOrder } from './payment-order.dto.js';

/** What of a payment order must be the same for it to be the one that was asked for. */
type Wanted = Pick<NewOrder, 'mchOrderNo' | 'amount' | 'currency'>;

interface Steps<Created> {
  /** Sends the create once. */
  send: () => Promise<Created>;
  /** Makes its result of an order that exists already. */
  recover: (existing: PaymentOrder) => Created;
}

/** How many unknown pay data types are warned of at most. */
const MAX_UNKNOWN_TYPES = 100;

/** Makes payment orders of all kinds so that their outcome is known. */
export class OrderCreation {
  private readonly unknownTypes = new Set<string>();

  constructor(
    private readonly gateway: GatewayClient,
    private readonly query: PaymentQuery,
    private readonly outcome: IdempotentCreate,
    private readonly ports: OrderPorts = {},
  ) {}

  /**
   * Makes an order: written before it is sent, its result after, and a final state handed on, where there are ports.
   *
   * @throws as `IdempotentCreate.create` and `OrderStore.creating` do.
   */
  async create<Created extends CashierOrder | CreatedPayment>(
    { mchOrderNo, amount, currency }: Wanted,
    steps: Steps<Created>,
    options: CallOptions = {},
  ): Promise<Created> {
    const { mchNo, appId } = await this.gateway.merchantOf(options);
    const order: NewOrder = { mchNo, appId, mchOrderNo, amount, currency };
    await this.ports.store?.creating(order);
    let existing: PaymentOrder | undefined;
    let response: Created;
    try {
      response = await this.make(order, options, {
        send: steps.send,
        recover: (found) => {
          existing = found;
          return steps.recover(found);
        },
      });
    } catch (error) {
      await this.settle(order, failed(error));
      throw error;
    }
    await this.settle(order, { status: 'created', response });
    this.notice(response.payDataType);
    if (isFinal(response.state)) await this.deliver(order, existing, options);
    return response;
  }

  private async make<Created>(order: NewOrder, options: CallOptions, steps: Steps<Created>): Promise<Created> {
    const { mchOrderNo, amount, currency, appId } = order;
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

  private async settle(order: NewOrder, result: CreateResult): Promise<void> {
    try {
      await this.ports.store?.settled(order, result);
    } catch (error) {
      this.warn(`The result of creating ${order.mchOrderNo} (${result.status}) could not be stored`, error);
    }
  }

  /** Asks the gateway first, unless a query found the order: a create's response lacks most of what handlers are given. */
  private async deliver(
    { mchOrderNo }: NewOrder,
    existing: PaymentOrder | undefined,
    options: CallOptions,
  ): Promise<void> {
    if (this.ports.sink === undefined) return;
    try {
      const data = existing ?? (await this.query.find({ mchOrderNo }, options));
      if (isFinal(data.state)) await this.ports.sink.deliver({ kind: 'payment', data, source: 'query' });
    } catch (error) {
      this.warn(
        `The final state of ${mchOrderNo} could not be handed on; its notify or a later query repeats it`,
        error,
      );
    }
  }

  /** Warns once of each pay data type that is not known. */
  private notice(payDataType: string | undefined): void {
    if (payDataType === undefined || isKnownPayDataType(payDataType)) return;
    if (this.unknownTypes.has(payDataType) || this.unknownTypes.size >= MAX_UNKNOWN_TYPES) return;
    this.unknownTypes.add(payDataType);
    this.ports.warn?.(
      `The gateway sent payDataType ${shownName(payDataType)}, which this version does not know; it is passed through with its payData. Check that your shop can use it.`,
    );
  }

  private warn(what: string, error: unknown): void {
    this.ports.warn?.(`${what}: ${messageOf(error)}`);
  }
}

/** Any error of the module but one says that there is no order; of another error nobody knows. */
function failed(error: unknown): CreateResult {
  const isRefused = error instanceof Pass2PayError && !(error instanceof Pass2PayOutcomeUnknownError);
  return isRefused ? { status: 'refused', error } : { status: 'unknown', error };
}
