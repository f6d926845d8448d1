// The genuine notifies that an attack begins with: signed messages of two merchants, some of them open to the ambiguity of
// the gateway's signature (a value with an `&`).
import fc from 'fast-check';
import { canonicalize, sign } from 'nestjs-pass2pay/protocol';

export const MERCHANTS = [
  {
    mchNo: 'M1621873433953',
    appId: '60cc09bce4b0f1c0b83761c9',
    secrets: ['secret-of-the-first-merchant-new', 'secret-of-the-first-merchant-old'],
  },
  { mchNo: 'M1621873433954', appId: '60cc09bce4b0f1c0b83761ca', secrets: 'secret-of-the-second-merchant' },
];

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((value) => !value.includes('&'));
const time = fc.integer({ min: 1_700_000_000_000, max: 1_799_999_999_999 }).map(String);
const optional = (arbitrary) => fc.option(arbitrary, { nil: undefined });

const common = {
  amount: fc.integer({ min: 1, max: 100_000_000 }).map(String),
  currency: fc.constantFrom('cny', 'CNY'),
  ifCode: optional(fc.constantFrom('alipay', 'wxpay')),
  errMsg: optional(text),
  channelOrderNo: optional(fc.stringMatching(/^\d{10,20}$/)),
  createdAt: optional(time),
  successTime: optional(time),
  reqTime: optional(time),
};

const payment = fc.record({
  ...common,
  state: fc.constantFrom('1', '2', '3', '6'),
  wayCode: optional(fc.constantFrom('ALI_QR', 'ALI_WAP')),
  subject: optional(text),
  body: optional(text),
  extParam: optional(text),
  clientIp: optional(fc.constant('210.73.10.148')),
  mchFeeRate: optional(fc.constantFrom('0.0060', '0.30', '1E-3')),
  mchFeeAmount: optional(fc.nat(10_000).map(String)),
  storeId: optional(text),
});

const transfer = fc.record({
  ...common,
  state: fc.constantFrom('1', '2', '3'),
  accountNo: fc.stringMatching(/^\d{16,19}$/),
  accountName: optional(text),
  bankName: optional(text),
  entryType: fc.constant('BANK_CARD'),
});

/** @returns the messages, each `{ kind, params, sign, secret }`, `params` being what was signed. */
export function corpus(seed, count) {
  const payments = fc.sample(payment, { seed, numRuns: count });
  const transfers = fc.sample(transfer, { seed, numRuns: Math.ceil(count / 4) });
  return [
    ...payments.map((fields, index) => message('payment', index, fields)),
    ...transfers.map((fields, index) => message('transfer', index, fields)),
    ...payments.slice(0, Math.ceil(count / 8)).map((fields, index) => openToForgery(count + index, fields)),
  ];
}

function message(kind, index, fields) {
  const { mchNo, appId, secrets } = MERCHANTS[index % MERCHANTS.length];
  const live = [secrets].flat();
  const secret = live[index % live.length];
  const ids =
    kind === 'payment'
      ? { payOrderId: `P${1_795_063_328_371_040 + index}`, mchOrderNo: `order-${index}` }
      : { transferId: `T${1_795_063_328_371_040 + index}`, mchOrderNo: `transfer-${index}` };
  const given = Object.entries({ ...ids, mchNo, appId, ...fields }).filter(([, value]) => value !== undefined);
  const params = Object.fromEntries(given);
  return { kind, params, sign: sign(params, secret), secret };
}

/**
 * An unpaid order whose extParam the payer chose so that the signed text also reads as that of a paid one.
 * Source: protocol §1, security hole.
 */
function openToForgery(index, fields) {
  const { params, secret } = message('payment', index, { ...fields, state: '1', extParam: undefined });
  const rest = Object.fromEntries(Object.entries(params).filter(([name]) => name.toLowerCase() > 'extparam'));
  const before = Object.fromEntries(Object.entries(params).filter(([name]) => !(name in rest)));
  const chosen = canonicalize({ ...rest, state: '2' });
  const signed = { ...params, extParam: `x&${chosen}zz=0` };
  const forged = { ...before, extParam: 'x', ...rest, state: '2', zz: `0&${canonicalize(rest).slice(0, -1)}` };
  if (canonicalize(signed) !== canonicalize(forged)) throw new Error('the forged message is signed otherwise');
  return { kind: 'payment', params: signed, sign: sign(signed, secret), secret, forged };
}
