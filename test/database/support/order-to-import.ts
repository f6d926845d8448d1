import type { OrderToImport } from '../../../lib/database/orders/imported-order.js';

/** Payment O1 of merchant M1, as it is read from an import. */
export function orderToImport(changes: Partial<OrderToImport> = {}): OrderToImport {
  return {
    path: 'orders[0]',
    kind: 'payment',
    mchNo: 'M1',
    appId: 'A1',
    mchOrderNo: 'O1',
    amount: 5,
    currency: 'cny',
    custNo: undefined,
    gatewayId: undefined,
    lastApplied: undefined,
    gatewayState: undefined,
    ...changes,
  };
}
