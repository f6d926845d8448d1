import type { Bean } from '../dialects/dialect.js';
import type { SandboxMerchant } from '../options.js';
import type { DeskParts } from './desk-parts.js';
import type { Entry } from './entry.js';
import { newChannelOrderNo, newGatewayId } from './gateway-ids.js';
import { Ledger, UnknownOrderError } from './ledger.js';
import type { OrderDesk } from './order-desk.js';
import { moveMoney, REFUND_STATE, type RefundStateNumber } from './order-state.js';
import { given, receivedParams } from './received-params.js';
import type { SandboxOrder, SandboxRefund } from './sandbox-order.js';
import { UPSTREAM_ERRORS, type UpstreamResult } from './upstream.js';

const DECLINED = { errCode: 'SANDBOX_DECLINED', errMsg: 'The channel declined' };

/** A request for a refund that has passed every check. */
export interface RefundRequest {
  readonly bean: Bean;
  readonly merchant: SandboxMerchant;
  readonly order: SandboxOrder;
  readonly upstream?: UpstreamResult;
}

/** Creates refunds, ends them, and announces their final states. Source: protocol §6 and §10, refund. */
export class RefundDesk {
  readonly ledger: Ledger<SandboxRefund>;

  constructor(
    private readonly parts: DeskParts,
    private readonly orders: OrderDesk,
  ) {
    this.ledger = new Ledger(
      parts.options.maxOrders,
      { number: (refund) => refund.mchRefundNo, id: (refund) => refund.refundOrderId },
      (refund) => {
        parts.announcer.forget(entryOf(refund));
        parts.log.forgotten(entryOf(refund));
      },
    );
  }

  create({ bean, merchant, order, upstream }: RefundRequest): SandboxRefund {
    const createdAt = this.parts.clock.now();
    const state = REFUND_STATE.processing;
    const refund: SandboxRefund = {
      refundOrderId: this.ledger.unusedId(() => newGatewayId('R', createdAt)),
      mchNo: merchant.mchNo,
      appId: merchant.appId,
      mchRefundNo: String(bean['mchRefundNo']),
      payOrderId: order.payOrderId,
      mchOrderNo: order.mchOrderNo,
      payAmount: order.amount,
      refundAmount: Number(bean['refundAmount']),
      currency: String(bean['currency']),
      ...given(bean, ['extParam', 'notifyUrl']),
      createdAt,
      request: receivedParams(bean),
      history: [{ state, at: createdAt }],
      state,
    };
    // A refused refund stays in progress, with the reason.
    if (upstream === undefined || upstream === 'paid') refund.channelOrderNo = newChannelOrderNo(createdAt);
    else Object.assign(refund, UPSTREAM_ERRORS[upstream]);
    this.restore([refund]);
    this.parts.log.created(entryOf(refund));
    if (upstream === 'paid') this.end(refund, REFUND_STATE.success);
    return refund;
  }

  /** Restores the refunds of a data file. */
  restore(refunds: Iterable<SandboxRefund>): void {
    for (const refund of refunds) {
      this.ledger.add(refund);
      this.parts.log.opened(entryOf(refund));
    }
  }

  /** @throws UnknownOrderError */
  known(mchRefundNo: string, mchNo?: string): SandboxRefund {
    return this.ledger.pick(mchRefundNo, mchNo) ?? UnknownOrderError.throw('refund', mchRefundNo, mchNo);
  }

  /** The refunds of an order, oldest first. */
  of(order: SandboxOrder): SandboxRefund[] {
    return this.ledger.all().filter(({ payOrderId }) => payOrderId === order.payOrderId);
  }

  /** @throws SandboxStateError unless the refund is in state 1. */
  end(refund: SandboxRefund, state: RefundStateNumber): void {
    const { clock, log, announcer } = this.parts;
    const from = refund.state;
    moveMoney(refund, state, clock.now());
    log.moved(entryOf(refund), from, state, 'control');
    if (state === REFUND_STATE.success) {
      refund.successTime = clock.now();
      refund.channelOrderNo = newChannelOrderNo(refund.successTime);
      const order = this.orders.ledger.findById(refund.mchNo, refund.payOrderId);
      if (order) this.orders.takeBack(order, refund.refundAmount);
    } else {
      Object.assign(refund, DECLINED);
    }
    announcer.announce(entryOf(refund));
  }
}

function entryOf(of: SandboxRefund): Entry {
  return { kind: 'refund', of };
}
