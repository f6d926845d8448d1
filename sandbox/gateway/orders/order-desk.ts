import type { PayEndpoint } from '../api/endpoints.js';
import { newCashierToken, newChannelOrderNo, newGatewayId } from './gateway-ids.js';
import type { SandboxClock } from '../clock/sandbox-clock.js';
import type { StateKeeper } from '../data/state-keeper.js';
import type { StreamResponse } from '../http/event-stream.js';
import type { StateCause } from '../journal/journal-entry.js';
import type { Journal } from '../journal/journal.js';
import type { NotifySubject } from '../notify/delivery.js';
import type { Notifier } from '../notify/notifier.js';
import type { NotifyAttempt, NotifyResult } from '../notify/notify-attempt.js';
import type { ResolvedSandboxOptions, SandboxMerchant } from '../options.js';
import { orderNotifyFields, transferNotifyFields } from './order-data.js';
import { OrderLedger, UnknownOrderError } from './order-ledger.js';
import {
  isFinal,
  moveOrder,
  moveTransfer,
  ORDER_STATE,
  type OrderStateNumber,
  SandboxStateError,
  TRANSFER_STATE,
  type TransferStateNumber,
} from './order-state.js';
import { payDataFor } from './pay-data.js';
import type { Bean } from '../api/request-bean.js';
import type { ReceivedParams, SandboxOrder, SandboxTransfer } from './sandbox-order.js';

/** `order` or `transfer`: their numbers may be the same. */
export type EntryKind = 'order' | 'transfer';

const CASHIER_SECONDS = 900;
const OTHER_SECONDS = 7_200;

const DECLINED = { errCode: 'SANDBOX_DECLINED', errMsg: 'The payer declined' };

/** What the desk works with. */
export interface DeskParts {
  readonly options: ResolvedSandboxOptions;
  readonly notifier: Notifier;
  readonly journal: Journal;
  readonly clock: SandboxClock;
  readonly keeper: StateKeeper;
}

/**
 * Where orders and transfers are made, change their state, expire, and have their end announced.
 *
 * Source: protocol §4 and §5.
 */
export class OrderDesk {
  readonly orders: OrderLedger<SandboxOrder>;
  readonly transfers: OrderLedger<SandboxTransfer>;
  /** Where payers are sent; known once the server listens. */
  baseUrl = '';
  private readonly byToken = new Map<string, SandboxOrder>();
  private readonly expiries = new Map<SandboxOrder, () => void>();
  private readonly options: ResolvedSandboxOptions;
  private readonly notifier: Notifier;
  private readonly journal: Journal;
  private readonly clock: SandboxClock;
  private readonly keeper: StateKeeper;

  constructor({ options, notifier, journal, clock, keeper }: DeskParts) {
    this.clock = clock;
    this.options = options;
    this.notifier = notifier;
    this.journal = journal;
    this.keeper = keeper;
    this.orders = new OrderLedger(
      options.maxOrders,
      (order) => order.payOrderId,
      (order) => {
        this.stopExpiry(order);
        this.byToken.delete(order.cashierToken);
        this.forget(subjectOf('order', order));
      },
    );
    this.transfers = new OrderLedger(
      options.maxOrders,
      (transfer) => transfer.transferId,
      (transfer) => this.forget(subjectOf('transfer', transfer)),
    );
  }

  createOrder(endpoint: PayEndpoint, bean: Bean): SandboxOrder {
    const cashierToken = newCashierToken();
    const wayCode = textOf(bean, 'wayCode') || (endpoint === 'cryptoOrder' ? 'CRYPTO_ADDRESS' : 'CHANNEL_CASHIER');
    const createdAt = this.clock.now();
    const state = endpoint === 'cashierOrder' ? ORDER_STATE.created : ORDER_STATE.paying;
    const order: SandboxOrder = {
      endpoint,
      payOrderId: this.orders.unusedId(() => newGatewayId('P', createdAt)),
      mchNo: textOf(bean, 'mchNo') ?? '',
      appId: textOf(bean, 'appId') ?? '',
      mchOrderNo: textOf(bean, 'mchOrderNo') ?? '',
      ifCode: 'sandbox',
      wayCode,
      amount: Number(bean['amount']),
      currency: textOf(bean, 'currency') ?? '',
      // A cashier order comes without them; the notify's table demands them, so it gets the documented fixed values.
      subject: textOf(bean, 'subject') ?? '商品',
      body: textOf(bean, 'body') ?? '0',
      ...given(bean, ['clientIp', 'extParam', 'notifyUrl', 'returnUrl']),
      ...payDataFor(endpoint, wayCode, textOf(bean, 'channelExtra'), this.baseUrl, cashierToken),
      cashierToken,
      createdAt,
      expiresAt: createdAt + (lifeSeconds(endpoint, bean) * 1_000) / this.options.notifySpeed,
      request: receivedParams(bean),
      history: [{ state, at: createdAt }],
      state,
    };
    this.keepOrder(order);
    this.reportCreation('order', order, { expiresAt: order.expiresAt });
    this.keeper.order(order);
    return order;
  }

  createTransfer(bean: Bean): SandboxTransfer {
    const createdAt = this.clock.now();
    const transfer: SandboxTransfer = {
      transferId: this.transfers.unusedId(() => newGatewayId('T', createdAt)),
      mchNo: textOf(bean, 'mchNo') ?? '',
      appId: textOf(bean, 'appId') ?? '',
      mchOrderNo: textOf(bean, 'mchOrderNo') ?? '',
      ifCode: textOf(bean, 'ifCode') ?? 'sandbox',
      entryType: textOf(bean, 'entryType') ?? '',
      amount: Number(bean['amount']),
      currency: textOf(bean, 'currency') ?? '',
      accountNo: textOf(bean, 'accountNo') ?? '',
      ...given(bean, ['accountName', 'bankName', 'transferDesc', 'extParam', 'notifyUrl']),
      createdAt,
      request: receivedParams(bean),
      history: [{ state: TRANSFER_STATE.processing, at: createdAt }],
      state: TRANSFER_STATE.processing,
    };
    this.transfers.add(transfer);
    this.journal.open('transfer', transfer.mchNo, transfer.mchOrderNo);
    this.reportCreation('transfer', transfer);
    this.keeper.transfer(transfer);
    return transfer;
  }

  /** Takes up what a data file kept: orders that are to expire by now do so at the next chance. */
  restore(orders: Iterable<SandboxOrder>, transfers: Iterable<SandboxTransfer>): void {
    for (const order of orders) this.keepOrder(order);
    for (const transfer of transfers) {
      this.transfers.add(transfer);
      this.journal.open('transfer', transfer.mchNo, transfer.mchOrderNo);
    }
  }

  orderByToken(token: string): SandboxOrder | undefined {
    return this.byToken.get(token);
  }

  /**
   * The stream for the payer's page: an event `order` with `{ state, expiresAt, now }` (ms since 1970) at once and at each
   * change of the order's state. It tells nothing else.
   */
  orderEvents(order: SandboxOrder): StreamResponse {
    return {
      open: (send) => {
        const tell = (): void => {
          send({ event: 'order', data: { state: order.state, expiresAt: order.expiresAt, now: this.clock.now() } });
        };
        tell();
        return this.journal.subscribe((entry) => {
          const isOwn = entry.kind === 'order' && entry.mchNo === order.mchNo && entry.mchOrderNo === order.mchOrderNo;
          if (isOwn && entry.type === 'state') tell();
        });
      },
    };
  }

  /** The sandbox's time, ms since 1970. */
  now(): number {
    return this.clock.now();
  }

  merchantOf(entry: { readonly mchNo: string; readonly appId: string }): SandboxMerchant | undefined {
    return this.options.merchants.find(({ mchNo, appId }) => mchNo === entry.mchNo && appId === entry.appId);
  }

  secretOf(entry: { readonly mchNo: string; readonly appId: string }): string {
    return this.merchantOf(entry)?.secret ?? '';
  }

  /** @throws UnknownOrderError */
  knownOrder(mchOrderNo: string, mchNo?: string): SandboxOrder {
    return this.orders.pick(mchOrderNo, mchNo) ?? unknown('order', mchOrderNo, mchNo);
  }

  /** @throws UnknownOrderError */
  knownTransfer(mchOrderNo: string, mchNo?: string): SandboxTransfer {
    return this.transfers.pick(mchOrderNo, mchNo) ?? unknown('transfer', mchOrderNo, mchNo);
  }

  /**
   * The payer pays.
   *
   * @param wayCode what the payer chose to pay with; the order's own when left out
   * @throws SandboxStateError unless the order is in state 0 or 1
   */
  pay(order: SandboxOrder, cause: StateCause = 'control', wayCode = order.wayCode): void {
    if (!isFinal(order.state)) order.wayCode = wayCode;
    this.endOrder(order, ORDER_STATE.success, cause);
  }

  /** The payment fails. @throws SandboxStateError unless the order is in state 0 or 1. */
  fail(order: SandboxOrder, cause: StateCause = 'control'): void {
    this.endOrder(order, ORDER_STATE.failed, cause);
  }

  /** The order closes before it was paid. @throws SandboxStateError unless the order is in state 0 or 1. */
  close(order: SandboxOrder, cause: StateCause = 'control'): void {
    this.endOrder(order, ORDER_STATE.closed, cause);
  }

  /** The order's time is up, whatever the clock says. @throws SandboxStateError unless the order is in state 0 or 1. */
  expire(order: SandboxOrder): void {
    this.endOrder(order, ORDER_STATE.closed, 'expiry');
  }

  /** The whole payment is refunded; not announced. @throws SandboxStateError unless the order is in state 2. */
  refund(order: SandboxOrder): void {
    this.move(order, ORDER_STATE.refunded, 'control');
  }

  /**
   * The channel tells of a payment after the order ended: a signed notify says state 2 without successTime, while the
   * order and its query stay at 3 or 6.
   *
   * Source: protocol §4, state trap.
   *
   * @throws SandboxStateError unless the order is in state 3 or 6.
   */
  payAfterClose(order: SandboxOrder): void {
    if (order.state !== ORDER_STATE.failed && order.state !== ORDER_STATE.closed) {
      throw new SandboxStateError(
        `${order.mchOrderNo} is in state ${order.state}: only after 3 (failed) or 6 (closed) can a payment come too late`,
      );
    }
    order.paidLateAt = this.clock.now();
    this.keeper.order(order);
    this.reportState('order', order, order.state, ORDER_STATE.success, 'late');
    this.announceOrder({ ...order, state: ORDER_STATE.success, successTime: undefined });
  }

  /** @throws SandboxStateError unless the transfer is in state 1. */
  endTransfer(transfer: SandboxTransfer, state: TransferStateNumber): void {
    const from = transfer.state;
    moveTransfer(transfer, state, this.clock.now());
    this.keeper.transfer(transfer);
    this.reportState('transfer', transfer, from, state, 'control');
    if (state === TRANSFER_STATE.success) {
      transfer.successTime = this.clock.now();
      transfer.channelOrderNo = newChannelOrderNo(this.clock.now());
    } else {
      Object.assign(transfer, { ...DECLINED, errMsg: 'The bank declined' });
    }
    this.announce('transfer', transfer, transferNotifyFields(transfer, this.secretOf(transfer), this.clock.now()));
  }

  /** @throws SandboxStateError when nothing was announced yet. */
  resend(kind: EntryKind, entry: SandboxOrder | SandboxTransfer): void {
    if (!this.notifier.resend(subjectOf(kind, entry))) throw this.noNotify(entry);
  }

  attempts(kind: EntryKind, entry: SandboxOrder | SandboxTransfer): NotifyAttempt[] {
    return this.notifier.attempts(subjectOf(kind, entry));
  }

  /** @throws SandboxStateError when nothing was announced yet. */
  async settled(kind: EntryKind, entry: SandboxOrder | SandboxTransfer): Promise<NotifyResult> {
    const result = this.notifier.settled(subjectOf(kind, entry));
    if (!result) throw this.noNotify(entry);
    return result;
  }

  stop(): void {
    this.notifier.stop();
  }

  private endOrder(order: SandboxOrder, state: OrderStateNumber, cause: StateCause): void {
    if (isFinal(order.state)) {
      throw new SandboxStateError(
        `${order.mchOrderNo} is in state ${order.state}, which does not lead to ${state}; only 0 and 1 do`,
      );
    }
    if (order.state === ORDER_STATE.created && state !== ORDER_STATE.closed) {
      this.move(order, ORDER_STATE.paying, cause);
    }
    this.move(order, state, cause);
    this.stopExpiry(order);
    if (cause === 'expiry') order.expired = true;
    if (state === ORDER_STATE.success) {
      order.successTime = this.clock.now();
      order.channelOrderNo = newChannelOrderNo(this.clock.now());
    }
    if (state === ORDER_STATE.failed) Object.assign(order, DECLINED);
    this.announceOrder(order);
  }

  private keepOrder(order: SandboxOrder): void {
    this.orders.add(order);
    this.journal.open('order', order.mchNo, order.mchOrderNo);
    this.byToken.set(order.cashierToken, order);
    if (isFinal(order.state)) return;
    this.expiries.set(
      order,
      this.clock.at(order.expiresAt, () => this.expire(order)),
    );
  }

  private forget(subject: NotifySubject): void {
    this.notifier.forget(subject);
    this.journal.forget(subject.kind, subject.mchNo, subject.mchOrderNo);
    this.keeper.forget(subject);
  }

  private move(order: SandboxOrder, to: OrderStateNumber, cause: StateCause): void {
    const from = order.state;
    moveOrder(order, to, this.clock.now());
    // Read when it is committed, so that what is set after the move is in it.
    this.keeper.order(order);
    this.reportState('order', order, from, to, cause);
  }

  private reportCreation(
    kind: EntryKind,
    entry: SandboxOrder | SandboxTransfer,
    more: { readonly expiresAt?: number } = {},
  ): void {
    const { mchNo, mchOrderNo, state, amount, currency } = entry;
    this.journal.record({ type: 'created', kind, mchNo, mchOrderNo, state, amount, currency, ...more });
  }

  private reportState(
    kind: EntryKind,
    { mchNo, mchOrderNo }: SandboxOrder | SandboxTransfer,
    from: number,
    to: number,
    cause: StateCause,
  ): void {
    this.journal.record({ type: 'state', kind, mchNo, mchOrderNo, from, to, cause });
  }

  private announceOrder(order: SandboxOrder): void {
    this.announce('order', order, orderNotifyFields(order, this.secretOf(order), this.clock.now()));
  }

  private announce(
    kind: EntryKind,
    entry: SandboxOrder | SandboxTransfer,
    fields: ReturnType<typeof orderNotifyFields>,
  ): void {
    if (!entry.notifyUrl) return;
    this.notifier.announce({
      subject: subjectOf(kind, entry),
      notifyUrl: entry.notifyUrl,
      fields,
    });
  }

  private stopExpiry(order: SandboxOrder): void {
    this.expiries.get(order)?.();
    this.expiries.delete(order);
  }

  private noNotify(entry: SandboxOrder | SandboxTransfer): SandboxStateError {
    const reason = entry.notifyUrl ? `its state is ${entry.state}` : 'it has no notifyUrl';
    return new SandboxStateError(`${entry.mchOrderNo} has no notify: ${reason}`);
  }
}

function subjectOf(kind: EntryKind, { mchNo, mchOrderNo }: SandboxOrder | SandboxTransfer): NotifySubject {
  return { kind, mchNo, mchOrderNo };
}

function unknown(kind: EntryKind, mchOrderNo: string, mchNo: string | undefined): never {
  const ofMerchant = mchNo === undefined ? '' : ` of merchant ${mchNo}`;
  throw new UnknownOrderError(
    `The sandbox knows no ${kind} ${mchOrderNo}${ofMerchant}; ` +
      `sandbox.${kind}s() and GET /sandbox/${kind}s list those that it knows`,
  );
}

function lifeSeconds(endpoint: PayEndpoint, bean: Bean): number {
  const wanted = Number(bean['expiredTime'] ?? 0);
  if (endpoint === 'cashierOrder') return Math.max(wanted, CASHIER_SECONDS);
  return wanted > 0 ? wanted : OTHER_SECONDS;
}

function textOf(bean: Bean, field: string): string | undefined {
  const value = bean[field];
  return value === undefined ? undefined : String(value);
}

function given<F extends string>(bean: Bean, fields: readonly F[]): Partial<Record<F, string>> {
  const found: Partial<Record<F, string>> = {};
  for (const field of fields) {
    const value = textOf(bean, field);
    if (value !== undefined) found[field] = value;
  }
  return found;
}

function receivedParams(bean: Bean): ReceivedParams {
  const received: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(bean)) {
    if (name !== 'sign') received[name] = typeof value === 'bigint' ? Number(value) : value;
  }
  return received;
}
