import type { PaymentOrder } from './payment-order.dto.js';

/** What a notify or a query says about a payment order. */
export interface PaymentEvent {
  kind: 'payment';
  data: PaymentOrder;
  /** `query`: the module has asked for it. */
  source: 'notify' | 'query';
}
