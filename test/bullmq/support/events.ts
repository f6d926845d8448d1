import { OrderState } from '../../../lib/protocol/order-state.js';
import { PaymentOrder } from '../../../lib/payments/payment-order.dto.js';
import type { OutcomeEvent } from '../../../lib/outcomes/outcome.js';
import { TransferState } from '../../../lib/protocol/transfer-state.js';
import { Transfer } from '../../../lib/transfers/transfer.dto.js';

export function paid(mchOrderNo: string, more: Partial<PaymentOrder> = {}): OutcomeEvent {
  const data = Object.assign(new PaymentOrder(), {
    payOrderId: `P-${mchOrderNo}`,
    mchOrderNo,
    mchNo: 'M1',
    appId: 'A1',
    amount: 5,
    currency: 'cny',
    state: OrderState.Success,
    ...more,
  });
  return { kind: 'payment', data, source: 'notify' };
}

export function transferred(mchOrderNo: string): OutcomeEvent {
  const data = Object.assign(new Transfer(), {
    transferId: `T-${mchOrderNo}`,
    mchOrderNo,
    mchNo: 'M1',
    appId: 'A1',
    amount: 7,
    currency: 'cny',
    state: TransferState.Success,
    accountNo: '6222020200112233445',
    accountName: '张三',
  });
  return { kind: 'transfer', data, source: 'notify' };
}
