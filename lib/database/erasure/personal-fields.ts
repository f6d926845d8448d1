import type { OutcomeFacts } from '../../outcomes/outcome.js';
import type { PaymentOrder } from '../../payments/payment-order.dto.js';
import type { OrderKind } from '../../protocol/state-order.js';
import type { Transfer } from '../../transfers/transfer.dto.js';

/** Whether a field is kept: states, amounts, numbers, times and codes are; personal data and free text are not. */
const PAYMENT: Readonly<Record<keyof PaymentOrder, boolean>> = {
  payOrderId: true,
  mchOrderNo: true,
  mchNo: true,
  appId: true,
  amount: true,
  currency: true,
  state: true,
  wayCode: true,
  ifCode: true,
  clientIp: false,
  subject: false,
  body: false,
  payUrl: false,
  channelOrderNo: true,
  errCode: true,
  errMsg: false,
  extParam: false,
  createdAt: true,
  successTime: true,
  mchFeeRate: true,
  mchFeeAmount: true,
  channelUser: false,
  extra: false,
};

const TRANSFER: Readonly<Record<keyof Transfer, boolean>> = {
  transferId: true,
  mchOrderNo: true,
  mchNo: true,
  appId: true,
  amount: true,
  currency: true,
  state: true,
  ifCode: true,
  entryType: true,
  accountNo: false,
  accountName: false,
  bankName: false,
  transferDesc: false,
  channelOrderNo: true,
  errCode: true,
  errMsg: false,
  needsAttention: true,
  extParam: false,
  createdAt: true,
  successTime: true,
  extra: false,
};

/** The module's own fields describe the outcome. */
const FACTS: Readonly<Record<keyof OutcomeFacts, true>> = {
  late: true,
  gatewayState: true,
  previousState: true,
  adopted: true,
  checkoutKey: true,
  duplicateOf: true,
  replayed: true,
  source: true,
  idempotencyKey: true,
};

const KEPT: Readonly<Record<OrderKind, ReadonlySet<string>>> = {
  payment: keptOf({ ...PAYMENT, ...FACTS }),
  transfer: keptOf({ ...TRANSFER, ...FACTS }),
};

function keptOf(fields: Readonly<Record<string, boolean>>): ReadonlySet<string> {
  return new Set(Object.keys(fields).filter((name) => fields[name]));
}

/**
 * The stored fields of an order or transfer without personal data. Unknown fields are removed too.
 *
 * @param fields JSON
 */
export function withoutPersonal(kind: OrderKind, fields: string): string {
  const given = JSON.parse(fields) as object;
  return JSON.stringify(Object.fromEntries(Object.entries(given).filter(([name]) => KEPT[kind].has(name))));
}
