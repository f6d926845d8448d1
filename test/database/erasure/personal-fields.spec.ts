import { describe, expect, it } from '@jest/globals';
import { withoutPersonal } from '../../../lib/database/erasure/personal-fields.js';
import type { OutcomeFacts } from '../../../lib/outcomes/outcome.js';
import type { PaymentOrder } from '../../../lib/payments/payment-order.dto.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import type { OrderKind } from '../../../lib/protocol/state-order.js';
import { TransferState } from '../../../lib/protocol/transfer-state.js';
import type { Transfer } from '../../../lib/transfers/transfer.dto.js';

const TERMS = {
  mchOrderNo: 'O1',
  mchNo: 'M1',
  appId: 'A1',
  amount: 5,
  currency: 'cny',
  ifCode: 'alipay',
  channelOrderNo: 'C1',
  errCode: 'E1',
  createdAt: 1_000,
  successTime: 2_000,
};

const PAYMENT = {
  ...TERMS,
  payOrderId: 'P1',
  state: OrderState.Success,
  wayCode: 'ALI_PC',
  mchFeeRate: '0.006',
  mchFeeAmount: 0,
} satisfies Partial<PaymentOrder>;

const TRANSFER = {
  ...TERMS,
  transferId: 'T1',
  state: TransferState.Success,
  entryType: 'BANK_CARD',
  needsAttention: false,
} satisfies Partial<Transfer>;

const FACTS: Required<OutcomeFacts> = {
  late: false,
  gatewayState: 6,
  previousState: 0,
  adopted: false,
  checkoutKey: 'K1',
  duplicateOf: 'O9',
  replayed: false,
  source: 'notify',
  idempotencyKey: 'payment:M1:P1:2',
};

const erased = (kind: OrderKind, fields: object): unknown =>
  JSON.parse(withoutPersonal(kind, JSON.stringify(fields))) as unknown;

describe('without its personal data, a payment', () => {
  it('has its states, amounts, numbers, times and codes', () => {
    expect(erased('payment', PAYMENT)).toStrictEqual(PAYMENT);
  });

  it.each<keyof PaymentOrder>(['clientIp', 'subject', 'body', 'payUrl', 'errMsg', 'extParam', 'channelUser', 'extra'])(
    'has no %s',
    (name) => {
      expect(erased('payment', { [name]: '张三', ...PAYMENT })).toStrictEqual(PAYMENT);
    },
  );
});

describe('without its personal data, a transfer', () => {
  it('has its states, amounts, numbers, times and codes', () => {
    expect(erased('transfer', TRANSFER)).toStrictEqual(TRANSFER);
  });

  it.each<keyof Transfer>(['accountNo', 'accountName', 'bankName', 'transferDesc', 'errMsg', 'extParam', 'extra'])(
    'has no %s',
    (name) => {
      expect(erased('transfer', { [name]: '张三', ...TRANSFER })).toStrictEqual(TRANSFER);
    },
  );
});

describe.each<[OrderKind, object, object]>([
  ['payment', PAYMENT, TRANSFER],
  ['transfer', TRANSFER, PAYMENT],
])('the stored outcome of a %s', (kind, own, ofOther) => {
  it('keeps what the module knows about it', () => {
    expect(erased(kind, FACTS)).toStrictEqual(FACTS);
  });

  it('loses fields that are not known for its kind', () => {
    expect(erased(kind, { ...ofOther, ...own })).toStrictEqual(own);
    for (const name of ['payerName', 'constructor', 'Amount']) {
      expect(erased(kind, { ...own, [name]: '张三' })).toStrictEqual(own);
    }
  });

  it('keeps the order of its fields', () => {
    const reversed = Object.fromEntries(Object.entries(own).toReversed());
    expect(withoutPersonal(kind, JSON.stringify({ subject: '张三', ...reversed }))).toBe(JSON.stringify(reversed));
  });

  it('is the same when it is erased again', () => {
    const once = withoutPersonal(kind, JSON.stringify({ ...own, ...FACTS, extra: { name: '张三' } }));
    expect(withoutPersonal(kind, once)).toBe(once);
  });

  it('may have nothing that is kept', () => {
    expect(withoutPersonal(kind, '{"extra":{"state":2}}')).toBe('{}');
  });
});
