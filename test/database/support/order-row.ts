import type { OrderRow } from '../../../lib/database/orders/order-row.js';

/** The row of order O1, as `paymentEvent` and `transferEvent` of the outcomes' tests have it. */
export function orderRow(changes: Partial<OrderRow> = {}): OrderRow {
  return {
    mchOrderNo: 'O1',
    appId: 'A1',
    status: 'created',
    gatewayId: undefined,
    amount: 5,
    currency: 'cny',
    gatewayState: undefined,
    lastApplied: undefined,
    checkoutKey: undefined,
    isAdopted: false,
    hasSuccessToApply: false,
    ...changes,
  };
}
