import { withSignalOf, type CallOptions } from '../client/call.js';
import type { GatewayClient } from '../client/gateway-client.js';
import type { IdempotentCreate } from '../client/idempotent-create.js';
import type { NewOrder } from '../client/order-store.js';
import { StoredCreate } from '../client/stored-create.js';
import { messageOf } from '../errors/message-of.js';
import { differencesOf } from '../protocol/compare-terms.js';
import { isFinal } from '../protocol/order-state.js';
import { isKnownPayDataType } from '../protocol/pay-data-type.js';
import { shownName } from '../protocol/shown-name.js';
import type { CashierOrder } from './cashier-order.dto.js';
import type { CreatedPayment } from './created-payment.dto.js';
import type { OrderPorts } from './order-ports.js';
import type { PaymentQuery } from './payment-query.js';
import type { PaymentOrder } from './payment-order.dto.js';

/** The fields that must match for an existing payment order to be the requested one. */
type Wanted = Pick<NewOrder, 'mchOrderNo' | 'amount' | 'currency' | 'custNo' | 'checkoutKey' | 'expiresInS'>;

interface Steps<Created> {
  /** Sends the create once. */
  send: (options: CallOptions) => Promise<Created>;
  /** Builds its result from an existing order. */
  recover: (existing: PaymentOrder) => Created;
  /** Its empty result. */
  empty: () => Created;
}

/** Maximum number of unknown pay data types to warn about. */
const MAX_UNKNOWN_TYPES = 100;

/** Creates payment orders of all kinds with a known outcome. */
export class OrderCreation {
  private readonly unknownTypes = new Set<string>();
  private readonly creates: StoredCreate;

  constructor(
    private readonly gateway: GatewayClient,
    private readonly query: PaymentQuery,
    outcome: IdempotentCreate,
    private readonly ports: OrderPorts = {},
  ) {
    this.creates = new StoredCreate(outcome, ports);
  }

  /**
   * Creates an order. With ports, it is stored before it is sent, its result is stored afterwards, and a final state is
   * processed.
   *
   * @throws as `StoredCreate.create` does.
   */
  async create<Created extends CashierOrder | CreatedPayment>(
    { mchOrderNo, amount, currency, custNo, checkoutKey, expiresInS }: Wanted,
    steps: Steps<Created>,
    options: CallOptions = {},
  ): Promise<Created> {
    const { mchNo, appId } = await this.gateway.merchantOf(options);
    const order: NewOrder = {
      kind: 'payment',
      mchNo,
      appId,
      mchOrderNo,
      amount,
      currency,
      custNo,
      checkoutKey,
      expiresInS,
    };
    let existing: PaymentOrder | undefined;
    const response = await this.creates.create<Created, PaymentOrder>(order, {
      mchOrderNo,
      signal: options.signal,
      send: (signal) => steps.send(withSignalOf(options, signal)),
      find: (signal) => this.query.find({ mchOrderNo }, withSignalOf(options, signal)),
      // A query finds orders of all the merchant's apps. Source: protocol §6.
      differences: (found) => differencesOf(found, { amount, currency, appId }),
      recover: (found) => {
        existing = found;
        return steps.recover(found);
      },
      restore: (stored) =>
        Object.assign(steps.empty(), stored, { expiresAt: new Date(stored.expiresAt), recovered: true }),
      gatewayId: ({ payOrderId }) => payOrderId,
    });
    this.notice(response.payDataType);
    if (isFinal(response.state)) await this.deliver(order, existing, options);
    return response;
  }

  /**
   * Queries the order first, unless a query found it, because a create's response lacks most of the fields that
   * handlers get.
   */
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
        `The final state of ${mchOrderNo} could not be processed; its notify or a later query will report it again`,
        error,
      );
    }
  }

  /** Warns once about each unknown pay data type. */
  private notice(payDataType: string | undefined): void {
    if (payDataType === undefined || isKnownPayDataType(payDataType)) return;
    if (this.unknownTypes.has(payDataType) || this.unknownTypes.size >= MAX_UNKNOWN_TYPES) return;
    this.unknownTypes.add(payDataType);
    this.ports.warn?.(
      `The gateway sent payDataType ${shownName(payDataType)}, which is unknown to this version; it is passed through with its payData. Check that your shop can handle it.`,
    );
  }

  private warn(what: string, error: unknown): void {
    this.ports.warn?.(`${what}: ${messageOf(error)}`);
  }
}
