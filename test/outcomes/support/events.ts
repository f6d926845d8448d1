import { outcomeEvent, type OutcomeEvent } from '../../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../../lib/payments/payment-order.dto.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { Transfer } from '../../../lib/transfers/transfer.dto.js';

const TERMS = { mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', amount: 5, currency: 'cny', state: OrderState.Success };

/** An event of payment O1 of merchant M1: 5 fen, paid unless another state is given. */
export function paymentEvent(
  changes: Partial<PaymentOrder> = {},
  source: OutcomeEvent['source'] = 'notify',
): OutcomeEvent {
  return outcomeEvent(Object.assign(new PaymentOrder(), TERMS, { payOrderId: 'P1' }, changes), source);
}

/** An event of transfer O1 of merchant M1: 5 fen, arrived unless another state is given. */
export function transferEvent(
  changes: Partial<Transfer> = {},
  source: OutcomeEvent['source'] = 'notify',
): OutcomeEvent {
  return outcomeEvent(Object.assign(new Transfer(), TERMS, { transferId: 'T1' }, changes), source);
}
