import { ApiSite } from './api/api-site.js';
import type { RecordedRequest } from './api/recorded-request.js';
import { AssetsSite } from './pages/assets-site.js';
import { CashierSite } from './pages/cashier/cashier-site.js';
import { checkedStep, SandboxClock } from './clock/sandbox-clock.js';
import { DashboardSite } from './pages/dashboard/dashboard-site.js';
import { ControlsSite } from './controls/controls-site.js';
import type { SandboxFault } from './faults/fault.js';
import { type ActiveFault, type FaultHandle, Faults } from './faults/faults.js';
import { Door } from './http/door.js';
import { DataFile } from './data/data-file.js';
import { checkMerchants, KeptState } from './data/kept-state.js';
import { snapshot } from './data/snapshot.js';
import { StateKeeper } from './data/state-keeper.js';
import type { DataRecord } from './data/data-record.js';
import type { StoredDelivery } from './notify/delivery.js';
import { Gateway } from './api/gateway.js';
import { SandboxHttpServer } from './http/http-server.js';
import { Journal, type JournalView } from './journal/journal.js';
import type { NotifyAttempt, NotifyResult } from './notify/notify-attempt.js';
import { Notifier } from './notify/notifier.js';
import { type ResolvedSandboxOptions, resolveOptions, type SandboxMerchant, type SandboxOptions } from './options.js';
import type { DialectName } from './dialects/dialect.js';
import { DIALECTS } from './dialects/dialects.js';
import { Announcer } from './orders/announcer.js';
import type { Desks } from './orders/desks.js';
import type { Entry } from './orders/entry.js';
import { EntryLog } from './orders/entry-log.js';
import { OrderDesk } from './orders/order-desk.js';
import { REFUND_STATE, TRANSFER_STATE } from './orders/order-state.js';
import { RefundDesk } from './orders/refund-desk.js';
import type { SandboxOrder, SandboxRefund, SandboxTransfer } from './orders/sandbox-order.js';
import { TransferDesk } from './orders/transfer-desk.js';

/**
 * The Pass2Pay gateway on a port of this machine, for development and tests: it accepts real requests, refuses what the
 * gateway refuses, keeps orders and transfers in memory, sends real notifies, and fails on demand.
 *
 * ```ts
 * const sandbox = await Pass2PaySandbox.start({ notifySpeed: 100 });
 * // point the client's baseUrl at sandbox.url, create order 'A1', then:
 * await sandbox.pay('A1');
 * await sandbox.notifySettled('A1');
 * await sandbox.stop();
 * ```
 *
 * Without `mchNo`, the order is looked up among all merchants. A control rejects with an UnknownOrderError if the order
 * is unknown, or if several merchants have one with this number.
 *
 * Source: protocol §2 to §6 and §8.
 */
export class Pass2PaySandbox {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  /** The simulated gateway. */
  readonly dialect: DialectName;
  /** The merchants of the sandbox, including their secrets. */
  readonly merchants: readonly Readonly<SandboxMerchant>[];
  /** The events in the sandbox: requests, states, notifies, faults. */
  readonly journal: JournalView;
  private readonly server: SandboxHttpServer;
  private readonly clock: SandboxClock;
  private readonly api: ApiSite;
  private readonly desks: Desks;
  private readonly faults: Faults;
  private readonly keeper: StateKeeper;

  private constructor(
    options: ResolvedSandboxOptions,
    url: string,
    parts: {
      server: SandboxHttpServer;
      clock: SandboxClock;
      api: ApiSite;
      desks: Desks;
      faults: Faults;
      journal: JournalView;
      keeper: StateKeeper;
    },
  ) {
    this.url = url;
    this.dialect = options.dialect;
    this.merchants = options.merchants;
    this.server = parts.server;
    this.clock = parts.clock;
    this.api = parts.api;
    this.desks = parts.desks;
    this.faults = parts.faults;
    this.journal = parts.journal;
    this.keeper = parts.keeper;
  }

  /**
   * Starts a sandbox; stop it when done.
   *
   * @throws TypeError that lists every invalid option; SandboxDataFileError if the data file cannot be used; the
   * system's error if the port is in use.
   */
  static async start(options: SandboxOptions = {}): Promise<Pass2PaySandbox> {
    const resolved = resolveOptions(options);
    const opened = resolved.dataFile === undefined ? undefined : DataFile.open(resolved.dataFile);
    try {
      return await Pass2PaySandbox.open(resolved, opened?.file, opened?.records ?? []);
    } catch (error) {
      opened?.file.close();
      throw error;
    }
  }

  private static async open(
    options: ResolvedSandboxOptions,
    file: DataFile | undefined,
    records: readonly DataRecord[],
  ): Promise<Pass2PaySandbox> {
    const { merchants, port, host } = options;
    const kept = new KeptState(records);
    if (file) checkMerchants(file.path, kept, merchants);
    const keeper = new StateKeeper(file);
    const clock = new SandboxClock(options.clock, kept.time, (now) => keeper.time(now));
    const journal = new Journal(() => clock.now());
    journal.subscribe((entry) => keeper.entry(entry));
    const faults = new Faults(journal);
    const changed = (delivery: StoredDelivery): void => keeper.delivery(delivery);
    const notifier = new Notifier({ clock, faults, journal, options, changed });
    const dialect = DIALECTS[options.dialect];
    const announcer = new Announcer({ options, dialect, notifier, journal, clock });
    const parts = { options, clock, journal, log: new EntryLog(journal, keeper), announcer };
    const orders = new OrderDesk(parts);
    const transfers = new TransferDesk(parts);
    const desks = { orders, transfers, refunds: new RefundDesk(parts, orders), announcer };
    const api = new ApiSite(new Gateway(dialect, desks, merchants), faults, journal, keeper, () => clock.now());
    const controls = new ControlsSite({ clock, desks, faults, journal, api, merchants, dialect: dialect.name });
    const cashier = new CashierSite({ desks, options, clock });
    const dashboard = new DashboardSite({ clock, desks, faults, journal, options });
    const sites = [api, controls, cashier, dashboard, new AssetsSite()];
    const server = new SandboxHttpServer(sites, clock, new Door(options), () => keeper.commit());
    const url = await server.listen(port, host);
    // No request is read before this synchronous code has finished.
    orders.baseUrl = url;
    orders.restore(kept.ordersAt(url));
    transfers.restore(kept.transfers.values());
    desks.refunds.restore(kept.refunds.values());
    journal.restore(kept.entries);
    api.restore(kept.requests);
    for (const delivery of kept.deliveries) notifier.restore(delivery);
    keeper.url(url);
    file?.keep(() => snapshot({ url, clock, desks, notifier, journal, api }));
    return new Pass2PaySandbox(options, url, { server, clock, api, desks, faults, journal, keeper });
  }

  /** Closes the port and every connection, aborts notifies, stops all timers, closes the data file. */
  async stop(): Promise<void> {
    this.clock.stop();
    this.desks.announcer.stop();
    await this.server.close();
    this.keeper.close();
  }

  /** The sandbox's time, in ms since 1970: it is used for orders, notifies and the journal. */
  now(): number {
    return this.clock.now();
  }

  /**
   * Advances the time by `ms` milliseconds: every notify attempt, expiry and delayed response that becomes due happens
   * in order of its time, and each attempt is awaited before the next. Attempts in progress are awaited first. A notify
   * receiver must not await this: it would wait for itself until the attempt's timeout.
   *
   * @throws TypeError unless `ms` is a whole number from 0 to 366 days.
   */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(checkedStep(ms));
  }

  /** A copy of the order in its current state; undefined if it is unknown. */
  order(mchOrderNo: string, mchNo?: string): SandboxOrder | undefined {
    const order = this.desks.orders.ledger.pick(mchOrderNo, mchNo);
    return order && structuredClone(order);
  }

  /** A copy of the transfer in its current state; undefined if it is unknown. */
  transfer(mchOrderNo: string, mchNo?: string): SandboxTransfer | undefined {
    const transfer = this.desks.transfers.ledger.pick(mchOrderNo, mchNo);
    return transfer && structuredClone(transfer);
  }

  /** A copy of the refund in its current state; undefined if it is unknown. */
  refundOf(mchRefundNo: string, mchNo?: string): SandboxRefund | undefined {
    const refund = this.desks.refunds.ledger.pick(mchRefundNo, mchNo);
    return refund && structuredClone(refund);
  }

  /** Copies of all refunds, oldest first. */
  refunds(): SandboxRefund[] {
    return structuredClone(this.desks.refunds.ledger.all());
  }

  /** Copies of all orders, oldest first. */
  orders(): SandboxOrder[] {
    return structuredClone(this.desks.orders.ledger.all());
  }

  /** Copies of all transfers, oldest first. */
  transfers(): SandboxTransfer[] {
    return structuredClone(this.desks.transfers.ledger.all());
  }

  /** The last 1000 requests to the API, oldest first. */
  get requests(): readonly RecordedRequest[] {
    return [...this.api.requests];
  }

  /**
   * The payer pays: state 0 or 1 becomes 2. Resolves when the notify has been started, without waiting for the response
   * (see `notifySettled`).
   *
   * @throws SandboxStateError in any other state.
   */
  async pay(mchOrderNo: string, mchNo?: string): Promise<void> {
    this.desks.orders.pay(this.desks.orders.known(mchOrderNo, mchNo));
  }

  /** The payment fails: state 0 or 1 becomes 3. @throws SandboxStateError in any other state. */
  async fail(mchOrderNo: string, mchNo?: string): Promise<void> {
    this.desks.orders.fail(this.desks.orders.known(mchOrderNo, mchNo));
  }

  /** The order closes without a payment: state 0 or 1 becomes 6. @throws SandboxStateError in any other state. */
  async close(mchOrderNo: string, mchNo?: string): Promise<void> {
    this.desks.orders.close(this.desks.orders.known(mchOrderNo, mchNo));
  }

  /**
   * The gateway's operator refunds the whole payment: state 2 becomes 5, without a notify. @throws SandboxStateError in
   * any other state.
   */
  async refund(mchOrderNo: string, mchNo?: string): Promise<void> {
    this.desks.orders.refund(this.desks.orders.known(mchOrderNo, mchNo));
  }

  /**
   * The payer pays an order that has failed or closed: a signed notify has state 2 without successTime, while the order
   * and its query stay at 3 or 6.
   *
   * Source: protocol §4, state trap.
   *
   * @throws SandboxStateError unless the order is in state 3 or 6.
   */
  async payAfterClose(mchOrderNo: string, mchNo?: string): Promise<void> {
    this.desks.orders.payAfterClose(this.desks.orders.known(mchOrderNo, mchNo));
  }

  /** The transfer succeeds: state 1 becomes 2. @throws SandboxStateError in any other state. */
  async succeedTransfer(mchOrderNo: string, mchNo?: string): Promise<void> {
    this.desks.transfers.end(this.desks.transfers.known(mchOrderNo, mchNo), TRANSFER_STATE.success);
  }

  /** The transfer fails: state 1 becomes 3. @throws SandboxStateError in any other state. */
  async failTransfer(mchOrderNo: string, mchNo?: string): Promise<void> {
    this.desks.transfers.end(this.desks.transfers.known(mchOrderNo, mchNo), TRANSFER_STATE.failed);
  }

  /**
   * The refund succeeds: its state 1 becomes 2, and the order's state becomes 5 when its whole amount is refunded.
   * @throws SandboxStateError in any other state.
   */
  async succeedRefund(mchRefundNo: string, mchNo?: string): Promise<void> {
    this.desks.refunds.end(this.desks.refunds.known(mchRefundNo, mchNo), REFUND_STATE.success);
  }

  /** The refund fails: state 1 becomes 3. @throws SandboxStateError in any other state. */
  async failRefund(mchRefundNo: string, mchNo?: string): Promise<void> {
    this.desks.refunds.end(this.desks.refunds.known(mchRefundNo, mchNo), REFUND_STATE.failed);
  }

  /**
   * Resends the latest notify of the order, with the same bytes; of the transfer or refund, if no order has that
   * number. Resolves when it has been started.
   *
   * @throws SandboxStateError if there is no notify yet.
   */
  async resendNotify(mchOrderNo: string, mchNo?: string): Promise<void> {
    this.desks.announcer.resend(this.entry(mchOrderNo, mchNo));
  }

  /**
   * The completed attempts to deliver notifies of the order, oldest first; of the transfer or refund, if no order has
   * that number.
   *
   * @throws UnknownOrderError if there is none with that number.
   */
  notifyAttempts(mchOrderNo: string, mchNo?: string): NotifyAttempt[] {
    return this.desks.announcer.attempts(this.entry(mchOrderNo, mchNo));
  }

  /**
   * Resolves when the latest notify of the order (of the transfer or refund, if no order has that number) is
   * acknowledged or its attempts are used up, and none is in progress. Without an acknowledgement, that takes 450 s
   * divided by `notifySpeed`.
   *
   * @throws SandboxStateError if there is no notify: its state is not notified, or there is no notifyUrl.
   */
  async notifySettled(mchOrderNo: string, mchNo?: string): Promise<NotifyResult> {
    return this.desks.announcer.settled(this.entry(mchOrderNo, mchNo));
  }

  /**
   * Makes requests or notifies fail. Faults are used in order of injection, one per request: the first that matches.
   *
   * @throws TypeError that says what is wrong with the fault.
   */
  inject(fault: SandboxFault): FaultHandle {
    return this.faults.inject(fault);
  }

  /** The active faults, in order of injection. */
  activeFaults(): ActiveFault[] {
    return this.faults.list();
  }

  /** Removes all faults. */
  clearFaults(): void {
    this.faults.clear();
  }

  /** The order with that number, otherwise the transfer, otherwise the refund. @throws UnknownOrderError */
  private entry(number: string, mchNo?: string): Entry {
    const { orders, transfers, refunds } = this.desks;
    const order = orders.ledger.pick(number, mchNo);
    if (order) return { kind: 'order', of: order };
    const transfer = transfers.ledger.pick(number, mchNo);
    if (transfer) return { kind: 'transfer', of: transfer };
    const refund = refunds.ledger.pick(number, mchNo);
    return refund ? { kind: 'refund', of: refund } : { kind: 'order', of: orders.known(number, mchNo) };
  }
}
