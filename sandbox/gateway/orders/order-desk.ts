import type { Bean, OrderDefaults, PayEndpoint } from '../dialects/dialect.js';
import type { StreamResponse } from '../http/event-stream.js';
import type { StateCause } from '../journal/journal-entry.js';
import type { SandboxMerchant } from '../options.js';
import type { DeskParts } from './desk-parts.js';
import type { Entry } from './entry.js';
import { newCashierToken, newChannelOrderNo, newGatewayId } from './gateway-ids.js';
import { Ledger, UnknownOrderError } from './ledger.js';
import { isFinal, moveOrder, ORDER_STATE, type OrderStateNumber, SandboxStateError } from './order-state.js';
import { payDataFor } from './pay-data.js';
import { given, receivedParams } from './received-params.js';
import type { SandboxOrder } from './sandbox-order.js';
import { CHANNEL, UPSTREAM_ERRORS, type UpstreamResult } from './upstream.js';

const DECLINED = { errCode: 'SANDBOX_DECLINED', errMsg: 'The payer declined' };

const MINUTE_MS = 60_000;

/** A request for a pay order that has passed every check. */
export interface OrderRequest {
  readonly endpoint: PayEndpoint;
  readonly bean: Bean;
  readonly defaults: OrderDefaults;
  readonly merchant: SandboxMerchant;
  readonly wayCode: string;
  readonly payDataType: string;
  /** Whether the payer pays on the gateway's page. */
  readonly opensCashier: boolean;
  readonly callerIp: string;
  readonly upstream?: UpstreamResult;
}

/**
 * Creates pay orders, changes their state, expires them, and announces their final states.
 *
 * Source: protocol §4, §5 and §10.
 */
export class OrderDesk {
  readonly ledger: Ledger<SandboxOrder>;
  /** The URL that payers are sent to; known once the server listens. */
  baseUrl = '';
  private readonly byToken = new Map<string, SandboxOrder>();
  private readonly expiries = new Map<SandboxOrder, () => void>();

  constructor(private readonly parts: DeskParts) {
    this.ledger = new Ledger(
      parts.options.maxOrders,
      { number: (order) => order.mchOrderNo, id: (order) => order.payOrderId },
      (order) => this.forget(order),
    );
  }

  /** An order that is paid immediately is not announced here: the caller decides when. */
  create(request: OrderRequest): SandboxOrder {
    const { bean, merchant, defaults } = request;
    const { clock, log, options } = this.parts;
    const cashierToken = newCashierToken();
    const createdAt = clock.now();
    const state = request.opensCashier ? ORDER_STATE.created : ORDER_STATE.paying;
    const order: SandboxOrder = {
      endpoint: request.endpoint,
      payOrderId: this.ledger.unusedId(() => newGatewayId('P', createdAt)),
      mchNo: merchant.mchNo,
      appId: merchant.appId,
      mchOrderNo: String(bean['mchOrderNo']),
      wayCode: request.wayCode,
      amount: Number(bean['amount']),
      currency: String(bean['currency']),
      subject: String(bean['subject'] ?? defaults.subject ?? ''),
      body: String(bean['body'] ?? defaults.body ?? ''),
      ...given(bean, ['extParam', 'notifyUrl', 'returnUrl']),
      clientIp: String(bean['clientIp'] ?? '') || request.callerIp,
      ...payDataFor(request.payDataType, this.baseUrl, cashierToken),
      cashierToken,
      createdAt,
      expiresAt: createdAt + (lifeSeconds(defaults, bean) * 1_000) / options.notifySpeed,
      request: receivedParams(bean),
      history: [{ state, at: createdAt }],
      state,
    };
    if (!request.opensCashier) this.askChannel(order, request.upstream);
    this.keep(order);
    log.created(entryOf(order), { expiresAt: order.expiresAt });
    this.followChannel(order, request.upstream);
    return order;
  }

  /** Restores the orders of a data file: those that are due to close do so as soon as possible. */
  restore(orders: Iterable<SandboxOrder>): void {
    for (const order of orders) this.keep(order);
  }

  byCashierToken(token: string): SandboxOrder | undefined {
    return this.byToken.get(token);
  }

  /**
   * The stream for the payer's page: an event `order` with `{ state, expiresAt, now }` (ms since 1970) immediately and
   * at each change of the order's state. It contains nothing else.
   */
  events(order: SandboxOrder): StreamResponse {
    const { clock, journal } = this.parts;
    return {
      open: (send) => {
        const tell = (): void => {
          send({ event: 'order', data: { state: order.state, expiresAt: order.expiresAt, now: clock.now() } });
        };
        tell();
        return journal.subscribe((entry) => {
          const isOwn = entry.kind === 'order' && entry.mchNo === order.mchNo && entry.mchOrderNo === order.mchOrderNo;
          if (isOwn && entry.type === 'state') tell();
        });
      },
    };
  }

  /** @throws UnknownOrderError */
  known(mchOrderNo: string, mchNo?: string): SandboxOrder {
    return this.ledger.pick(mchOrderNo, mchNo) ?? UnknownOrderError.throw('order', mchOrderNo, mchNo);
  }

  /**
   * The payer pays.
   *
   * @param wayCode the payment method that the payer chose; the order's own by default
   * @throws SandboxStateError unless the order is in state 0 or 1
   */
  pay(order: SandboxOrder, cause: StateCause = 'control', wayCode = order.wayCode): void {
    if (!isFinal(order.state)) order.wayCode = wayCode;
    this.end(order, ORDER_STATE.success, cause);
  }

  /** The payment fails. @throws SandboxStateError unless the order is in state 0 or 1. */
  fail(order: SandboxOrder, cause: StateCause = 'control'): void {
    this.end(order, ORDER_STATE.failed, cause);
  }

  /** The order closes without a payment. @throws SandboxStateError unless the order is in state 0 or 1. */
  close(order: SandboxOrder, cause: StateCause = 'control'): void {
    this.end(order, ORDER_STATE.closed, cause);
  }

  /** The order expires, whatever the time. @throws SandboxStateError unless the order is in state 0 or 1. */
  expire(order: SandboxOrder): void {
    this.end(order, ORDER_STATE.closed, 'expiry');
  }

  /**
   * The operator refunds the whole payment; this is not notified. @throws SandboxStateError unless it is in state 2.
   */
  refund(order: SandboxOrder): void {
    this.move(order, ORDER_STATE.refunded, 'control');
  }

  /** Applies a successful refund: the order moves to state 5 once its whole amount is refunded. */
  takeBack(order: SandboxOrder, amount: number): void {
    order.refundedAmount = (order.refundedAmount ?? 0) + amount;
    if (order.refundedAmount >= order.amount) this.move(order, ORDER_STATE.refunded, 'refund');
    else this.parts.log.changed(entryOf(order));
  }

  /**
   * The channel reports a payment after the order ended: a signed notify has state 2 without successTime, while the
   * order and its query stay at 3 or 6.
   *
   * Source: protocol §4, state trap, and §10.
   *
   * @throws SandboxStateError unless the order is in state 3 or 6.
   */
  payAfterClose(order: SandboxOrder): void {
    if (order.state !== ORDER_STATE.failed && order.state !== ORDER_STATE.closed) {
      throw new SandboxStateError(
        `${order.mchOrderNo} is in state ${order.state}; only after 3 (failed) or 6 (closed) can a payment be late`,
      );
    }
    order.paidLateAt = this.parts.clock.now();
    this.parts.log.moved(entryOf(order), order.state, ORDER_STATE.success, 'late');
    this.parts.announcer.announce(
      entryOf({ ...order, state: ORDER_STATE.success, successTime: undefined, errCode: undefined, errMsg: undefined }),
    );
    order.ifCode ??= CHANNEL;
  }

  /** The data of the order from the channel. */
  private askChannel(order: SandboxOrder, upstream: UpstreamResult | undefined): void {
    order.ifCode = CHANNEL;
    if (upstream === undefined || upstream === 'paid') order.channelOrderNo = newChannelOrderNo(order.createdAt);
  }

  private followChannel(order: SandboxOrder, upstream: UpstreamResult | undefined): void {
    if (upstream === undefined || order.state !== ORDER_STATE.paying) return;
    if (upstream !== 'paid') {
      this.settle(order, ORDER_STATE.failed, 'channel');
      Object.assign(order, UPSTREAM_ERRORS[upstream]);
    } else if (order.payDataType === 'none') {
      this.settle(order, ORDER_STATE.success, 'channel');
      order.successTime = this.parts.clock.now();
    }
  }

  private end(order: SandboxOrder, state: OrderStateNumber, cause: StateCause): void {
    if (isFinal(order.state)) {
      throw new SandboxStateError(
        `${order.mchOrderNo} is in state ${order.state}, which does not lead to ${state}; only 0 and 1 do`,
      );
    }
    if (order.state === ORDER_STATE.created && state !== ORDER_STATE.closed) {
      order.ifCode = CHANNEL;
      this.move(order, ORDER_STATE.paying, cause);
    }
    this.settle(order, state, cause);
    if (cause === 'expiry') order.expired = true;
    if (state === ORDER_STATE.success) {
      order.successTime = this.parts.clock.now();
      order.channelOrderNo = newChannelOrderNo(order.successTime);
    }
    if (state === ORDER_STATE.failed) Object.assign(order, DECLINED);
    this.parts.announcer.announce(entryOf(order));
  }

  private settle(order: SandboxOrder, state: OrderStateNumber, cause: StateCause): void {
    this.move(order, state, cause);
    this.stopExpiry(order);
  }

  private keep(order: SandboxOrder): void {
    this.ledger.add(order);
    this.parts.log.opened(entryOf(order));
    this.byToken.set(order.cashierToken, order);
    if (isFinal(order.state)) return;
    const { clock, options } = this.parts;
    // A job closes expired orders at each full minute.
    const minute = MINUTE_MS / options.notifySpeed;
    const closesAt = Math.ceil(order.expiresAt / minute) * minute;
    this.expiries.set(
      order,
      clock.at(closesAt, () => this.expire(order)),
    );
  }

  private forget(order: SandboxOrder): void {
    this.stopExpiry(order);
    this.byToken.delete(order.cashierToken);
    this.parts.announcer.forget(entryOf(order));
    this.parts.log.forgotten(entryOf(order));
  }

  private move(order: SandboxOrder, to: OrderStateNumber, cause: StateCause): void {
    const from = order.state;
    moveOrder(order, to, this.parts.clock.now());
    this.parts.log.moved(entryOf(order), from, to, cause);
  }

  private stopExpiry(order: SandboxOrder): void {
    this.expiries.get(order)?.();
    this.expiries.delete(order);
  }
}

function entryOf(of: SandboxOrder): Entry {
  return { kind: 'order', of };
}

function lifeSeconds({ lifeSeconds: byDefault, leastLifeSeconds }: OrderDefaults, bean: Bean): number {
  const wanted = bean['expiredTime'] === undefined ? byDefault : Number(bean['expiredTime']);
  return leastLifeSeconds === undefined ? wanted : Math.max(wanted, leastLifeSeconds);
}
