import type { PaymentOrder } from './payment-order.dto.js';

/** A payment order's data from a notify or a query. */
export interface PaymentEvent {
  kind: 'payment';
  data: PaymentOrder;
  /** `query`: the module queried the order. */
  source: 'notify' | 'query';
}
