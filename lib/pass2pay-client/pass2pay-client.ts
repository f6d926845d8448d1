import axios from 'axios';
import { GatewayActivity } from '../client/gateway-activity.js';
import { GatewayClient } from '../client/gateway-client.js';
import { IdempotentCreate } from '../client/idempotent-create.js';
import { CircuitBreaker } from '../client/policies/circuit-breaker.js';
import { RequestLimits } from '../client/policies/rate-limit.js';
import { Retries } from '../client/policies/retry.js';
import { Transport } from '../client/transport/transport.js';
import { MerchantDirectory } from '../merchants/merchant-directory.js';
import { SecretRotation } from '../merchants/secret-rotation.js';
import { resolveOptions, type Pass2PayOptions } from '../pass2pay.options.js';
import { CashierService } from '../payments/cashier.service.js';
import { OrderCreation } from '../payments/order-creation.js';
import { OrderWatch } from '../payments/order-watch.js';
import { PaymentQuery } from '../payments/payment-query.js';
import { PaymentService } from '../payments/payment.service.js';
import { TransferQuery } from '../transfers/transfer-query.js';
import { TransferService } from '../transfers/transfer.service.js';
import { NotifyConfirmation } from '../verification/notify-confirmation.js';
import type { NotifyMessage } from '../verification/notify-message.js';
import { UnsignedLimit } from '../verification/unsigned-limit.js';
import { NotifyVerifier, type VerifiedNotify } from '../verification/notify-verifier.js';

/**
 * A client without a Nest application, for scripts, jobs and tests, with the same services as the module.
 *
 * ```ts
 * const client = new Pass2PayClient({ baseUrl: 'https://api.example', merchants: [{ mchNo, appId, secrets }] });
 * const order = await client.cashier.queryOrder({ mchOrderNo: '20160427210604000490' });
 * await client.close();
 * ```
 */
export class Pass2PayClient {
  readonly cashier: CashierService;
  readonly payments: PaymentService;
  readonly transfers: TransferService;
  /** Signed calls to endpoints that no service covers. */
  readonly gateway: GatewayClient;
  /** Reports which secret signed each response. */
  readonly rotation = new SecretRotation();
  private readonly notifies: NotifyVerifier;
  private readonly limits: RequestLimits;
  private readonly transport: Transport;

  /**
   * Does not connect yet. Options for outcomes are validated but have no effect.
   *
   * @throws Pass2PayConfigError with every issue of the options.
   */
  constructor(given: Pass2PayOptions) {
    const options = resolveOptions(given);
    const { merchants, merchantResolver, merchantCache } = options;
    const retries = new Retries(options);
    this.limits = new RequestLimits(options);
    this.transport = new Transport(axios.create(), options);
    const directory = new MerchantDirectory(merchants, merchantResolver, merchantCache);
    this.gateway = new GatewayClient(directory, {
      options,
      rotation: this.rotation,
      retries,
      limits: this.limits,
      activity: new GatewayActivity(),
      breaker: new CircuitBreaker(options),
      transport: this.transport,
    });
    const create = new IdempotentCreate(retries);
    const query = new PaymentQuery(this.gateway);
    const watch = new OrderWatch(query);
    const creation = new OrderCreation(this.gateway, query, create, {
      warn,
    });
    this.cashier = new CashierService(this.gateway, query, creation, watch, options);
    this.payments = new PaymentService(this.gateway, query, creation, watch, options);
    const transferQuery = new TransferQuery(this.gateway);
    this.transfers = new TransferService(this.gateway, transferQuery, create, options);
    const unsigned = new UnsignedLimit(options.reconcile.perMinute / 10);
    const confirmation = new NotifyConfirmation(query, transferQuery, options, unsigned);
    this.notifies = new NotifyVerifier(directory, this.rotation, confirmation, { warn });
  }

  /**
   * Verifies a notify, and reads it. It does not get an address, so `allowedNotifyAddresses` has no effect here.
   * Notifies selected by the option `confirmNotify` are confirmed by a query them. Answer a notify that you have
   * handled with exactly the text `success`; the gateway sends any other again.
   *
   * @throws NotifyRefusal with the `reason` of the refusal. Respond with 401, without details: anybody may be the
   * sender.
   * @throws Pass2PayError when the confirming query, or the `merchantResolver`, fails. Respond with 503: the gateway
   * sends it again.
   */
  async verifyNotify(message: NotifyMessage): Promise<VerifiedNotify> {
    return this.notifies.verify(message);
  }

  /** Waits for running requests, for at most `timeoutMs`, and closes the connections. */
  async close(): Promise<void> {
    this.limits.onModuleDestroy();
    await this.transport.onApplicationShutdown();
    this.rotation.onApplicationShutdown();
  }
}

function warn(message: string): void {
  process.emitWarning(message, 'Pass2PayWarning');
}
