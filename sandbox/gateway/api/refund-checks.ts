import { type Call, textOf } from './call.js';
import { findEntry, requireNumber } from './find-entry.js';
import { GatewayRefusal } from './gateway-response.js';
import { isUrlOrMissing, NOTIFY_URL_WORDS } from './urls.js';
import { amountOf } from '../orders/entry.js';
import { ORDER_STATE, REFUND_STATE } from '../orders/order-state.js';

/** The gateway's checks of a refund, in its order. Source: protocol §9 and §10, refund. */
export function checkRefundable(call: Call): void {
  const { bean, desks, merchant } = call;
  requireNumber(bean, 'order');
  if (!isUrlOrMissing(bean['notifyUrl'])) throw new GatewayRefusal(NOTIFY_URL_WORDS);
  const order = findEntry(call, { kind: 'order', ledger: desks.orders.ledger, unknown: '退款订单不存在' });
  if (order.state !== ORDER_STATE.success) throw new GatewayRefusal('订单状态不正确， 无法完成退款');
  const refundable = amountOf({ kind: 'order', of: order }) - BigInt(order.refundedAmount ?? 0);
  if (refundable <= 0n) throw new GatewayRefusal('订单已全额退款，本次申请失败');
  if (BigInt(bean['refundAmount'] ?? 0) > refundable) {
    throw new GatewayRefusal('申请金额超出订单可退款余额，请检查退款金额');
  }
  const refunds = desks.refunds.of(order);
  if (refunds.some(({ state }) => state === REFUND_STATE.processing)) {
    throw new GatewayRefusal('支付订单具有在途退款申请，请稍后再试');
  }
  const mchRefundNo = textOf(bean, 'mchRefundNo');
  if (desks.refunds.ledger.find(merchant.mchNo, mchRefundNo)) {
    throw new GatewayRefusal(`商户退款订单号[${mchRefundNo}]已存在`);
  }
}
