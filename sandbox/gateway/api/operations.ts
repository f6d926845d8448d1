import type { OperationName, PayEndpoint } from '../dialects/dialect.js';
import type { Entry } from '../orders/entry.js';
import {
  createdOrderData,
  createdRefundData,
  createdTransferData,
  queriedOrderData,
  queriedRefundData,
  queriedTransferData,
} from '../orders/entry-data.js';
import { isFinal, ORDER_STATE } from '../orders/order-state.js';
import type { SandboxOrder } from '../orders/sandbox-order.js';
import type { Call } from './call.js';
import { parseChannelExtra } from './channel-extra.js';
import { findEntry } from './find-entry.js';
import { GatewayRefusal, type Outcome } from './gateway-response.js';
import { resolveWayCode } from './way-code.js';

type Operation = (call: Call) => Outcome;

/** The operations of endpoints. Source: protocol §6 and §10. */
export const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  createOrder: (call) => {
    const { code, way } = resolveWayCode(call);
    const { name, endpoint, bean, merchant, callerIp, desks, upstream } = call;
    const defaults = endpoint.order;
    if (!defaults || !isPayEndpoint(name)) throw new Error(`${name} makes no pay orders`);
    const isOnPage = defaults.opensCashier === true;
    const wanted = parseChannelExtra(bean)['payDataType'];
    const order = desks.orders.create({
      endpoint: name,
      bean,
      defaults,
      merchant,
      wayCode: code,
      payDataType: isOnPage ? 'payurl' : (way.payDataTypes.find((type) => type === wanted) ?? way.payDataTypes[0]),
      opensCashier: isOnPage || way.opensCashier === true,
      callerIp,
      upstream: upstream?.result,
    });
    return { data: createdOrderData(order), ...announcementOf(order, call) };
  },
  queryOrder: (call) => {
    const order = payOrderOf(call);
    const { payData } = order;
    const isTold = call.dialect.tellsPayUrl && order.endpoint === 'cashierOrder';
    return { data: { ...queriedOrderData(order), ...(isTold && { payUrl: payData }) } };
  },
  closeOrder: (call) => {
    const order = payOrderOf(call, 'mchOrderNo 和 payOrderId 不能同时为空');
    if (isFinal(order.state)) throw new GatewayRefusal('当前订单不可关闭');
    // The channel does not support closing: the order stays as it is, and the response is empty.
    if (order.state !== ORDER_STATE.created) return {};
    call.desks.orders.close(order, 'merchant');
    return { data: {} };
  },
  createTransfer: ({ desks, bean, merchant, upstream }) => ({
    data: createdTransferData(desks.transfers.create({ bean, merchant, upstream: upstream?.result })),
  }),
  queryTransfer: (call) => {
    const transfer = findEntry(call, { kind: 'transfer', ledger: call.desks.transfers.ledger });
    return { data: queriedTransferData(transfer) };
  },
  createRefund: (call) => {
    const { desks, bean, merchant, upstream } = call;
    const order = payOrderOf(call);
    return { data: createdRefundData(desks.refunds.create({ bean, merchant, order, upstream: upstream?.result })) };
  },
  queryRefund: (call) => {
    const refund = findEntry(call, { kind: 'refund', ledger: call.desks.refunds.ledger });
    return { data: queriedRefundData(refund) };
  },
};

function payOrderOf(call: Call, neither?: string): SandboxOrder {
  return findEntry(call, { kind: 'order', ledger: call.desks.orders.ledger, neither });
}

/** An order that reaches a final state when it is created is announced just before or after its response. */
function announcementOf(of: SandboxOrder, { desks, upstream }: Call): Outcome {
  if (!isFinal(of.state)) return {};
  const entry: Entry = { kind: 'order', of };
  if (upstream?.notify === 'before') return { before: desks.announcer.announceFirst(entry) };
  return { afterwards: () => desks.announcer.announce(entry) };
}

function isPayEndpoint(name: string): name is PayEndpoint {
  return name === 'cashierOrder' || name === 'unifiedOrder' || name === 'cryptoOrder';
}
