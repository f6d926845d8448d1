import type { BeanFields } from './request-bean.js';

export type SandboxEndpoint =
  'cashierOrder' | 'unifiedOrder' | 'cryptoOrder' | 'query' | 'transferOrder' | 'transferQuery';

/** The endpoints that make a pay order. */
export type PayEndpoint = 'cashierOrder' | 'unifiedOrder' | 'cryptoOrder';

/** A field and what the gateway says when it is missing. */
type Rule = readonly [field: string, words: string];

export interface EndpointTable {
  readonly name: SandboxEndpoint;
  readonly path: string;
  readonly methods: readonly string[];
  readonly fields: BeanFields;
  /** Rule on the bean, before merchant and signature: null, or nothing but blanks. */
  readonly notBlank: readonly Rule[];
  /** Rule with `notBlank`: null, or below 1. */
  readonly atLeastOne: readonly Rule[];
  /**
   * Rule after the signature: what Pass2Pay demands beyond Jeepay. Its gateway's own place for these checks is not
   * known; here, a request without these fields still learns whether its signature is right.
   */
  readonly requiredByPass2Pay: readonly Rule[];
  /** Longest texts that its database takes, in characters. */
  readonly lengths: Readonly<Record<string, number>>;
}

const COMMON_FIELDS: BeanFields = {
  mchNo: 'String',
  appId: 'String',
  version: 'String',
  signType: 'String',
  reqTime: 'String',
  sign: 'String',
};

const COMMON_RULES: readonly Rule[] = [
  ['mchNo', '商户号不能为空'],
  ['appId', '商户应用ID不能为空'],
  ['version', '版本号不能为空'],
  ['signType', '签名类型不能为空'],
  ['reqTime', '时间戳不能为空'],
  ['sign', '签名值不能为空'],
];

const PAY_FIELDS: BeanFields = {
  ...COMMON_FIELDS,
  mchOrderNo: 'String',
  wayCode: 'String',
  amount: 'Long',
  currency: 'String',
  clientIp: 'String',
  subject: 'String',
  body: 'String',
  custNo: 'String',
  registerTime: 'String',
  userName: 'String',
  mbrTel: 'String',
  idNo: 'String',
  notifyUrl: 'String',
  returnUrl: 'String',
  expiredTime: 'Integer',
  channelExtra: 'String',
  extParam: 'String',
};

const MCH_ORDER_NO: Rule = ['mchOrderNo', '商户订单号不能为空'];
const CURRENCY: Rule = ['currency', '货币代码不能为空'];
const SUBJECT: Rule = ['subject', '商品标题不能为空'];
const BODY: Rule = ['body', '商品描述不能为空'];
const PAY_AMOUNT: Rule = ['amount', '支付金额不能为空'];

// No page gives the gateway's words for these four; they are ours, in the style of the others.
const CUST_NO: Rule = ['custNo', '客户编号不能为空'];
const REGISTER_TIME: Rule = ['registerTime', '客户注册时间不能为空'];
const CLIENT_IP: Rule = ['clientIp', '客户端IP不能为空'];
const CHAIN: Rule = ['chain', '链不能为空'];

const PAY_LENGTHS = {
  mchOrderNo: 64,
  wayCode: 20,
  currency: 3,
  clientIp: 32,
  subject: 64,
  body: 256,
  notifyUrl: 128,
  returnUrl: 128,
  extParam: 128,
} as const;

/** Source: protocol §2 and §8. */
export const ENDPOINTS: Readonly<Record<SandboxEndpoint, EndpointTable>> = {
  cashierOrder: {
    name: 'cashierOrder',
    path: '/api/pay/cashierOrder',
    methods: ['POST'],
    fields: PAY_FIELDS,
    notBlank: [...COMMON_RULES, MCH_ORDER_NO, CURRENCY],
    atLeastOne: [PAY_AMOUNT],
    requiredByPass2Pay: [CUST_NO, REGISTER_TIME],
    lengths: PAY_LENGTHS,
  },
  unifiedOrder: {
    name: 'unifiedOrder',
    path: '/api/pay/unifiedOrder',
    methods: ['POST'],
    fields: { ...PAY_FIELDS, divisionMode: 'Integer' },
    notBlank: [...COMMON_RULES, MCH_ORDER_NO, ['wayCode', '支付方式不能为空'], CURRENCY, SUBJECT, BODY],
    atLeastOne: [PAY_AMOUNT],
    requiredByPass2Pay: [CUST_NO, REGISTER_TIME, CLIENT_IP],
    lengths: PAY_LENGTHS,
  },
  cryptoOrder: {
    name: 'cryptoOrder',
    path: '/api/pay/cryptoOrder',
    methods: ['POST'],
    fields: { ...PAY_FIELDS, chain: 'String' },
    notBlank: [...COMMON_RULES, MCH_ORDER_NO, CURRENCY, SUBJECT, BODY],
    atLeastOne: [PAY_AMOUNT],
    requiredByPass2Pay: [CUST_NO, REGISTER_TIME, CLIENT_IP, CHAIN],
    // Jeepay's column takes three characters, which USDT would not fit.
    lengths: { ...PAY_LENGTHS, currency: 8 },
  },
  query: {
    name: 'query',
    path: '/api/pay/query',
    methods: ['GET', 'POST'],
    fields: { ...COMMON_FIELDS, mchOrderNo: 'String', payOrderId: 'String' },
    notBlank: COMMON_RULES,
    atLeastOne: [],
    requiredByPass2Pay: [],
    lengths: {},
  },
  transferOrder: {
    name: 'transferOrder',
    path: '/api/transferOrder',
    methods: ['POST'],
    fields: {
      ...COMMON_FIELDS,
      mchOrderNo: 'String',
      ifCode: 'String',
      entryType: 'String',
      amount: 'Long',
      currency: 'String',
      accountNo: 'String',
      accountName: 'String',
      bankName: 'String',
      clientIp: 'String',
      custNo: 'String',
      transferDesc: 'String',
      notifyUrl: 'String',
      channelExtra: 'String',
      // The documents say extraParam; the code, and so the signature, knows only extParam.
      extParam: 'String',
    },
    notBlank: [
      ...COMMON_RULES,
      MCH_ORDER_NO,
      ['entryType', '入账方式不能为空'],
      CURRENCY,
      ['accountNo', '收款账号不能为空'],
    ],
    atLeastOne: [['amount', '转账金额不能为空']],
    requiredByPass2Pay: [CUST_NO, CLIENT_IP],
    lengths: {
      mchOrderNo: 64,
      currency: 3,
      clientIp: 32,
      accountNo: 64,
      accountName: 64,
      bankName: 32,
      transferDesc: 128,
      notifyUrl: 128,
      extParam: 128,
    },
  },
  transferQuery: {
    name: 'transferQuery',
    path: '/api/transfer/query',
    methods: ['GET', 'POST'],
    fields: { ...COMMON_FIELDS, mchOrderNo: 'String', transferId: 'String' },
    notBlank: COMMON_RULES,
    atLeastOne: [],
    requiredByPass2Pay: [],
    lengths: {},
  },
};

/** The ways of paying that the gateway knows: those of Jeepay, and those that only Pass2Pay's documents name. */
export const WAY_CODES: ReadonlySet<string> = new Set([
  'ALI_APP',
  'ALI_BAR',
  'ALI_JSAPI',
  'ALI_LITE',
  'ALI_PC',
  'ALI_QR',
  'ALI_WAP',
  'WX_APP',
  'WX_BAR',
  'WX_H5',
  'WX_JSAPI',
  'WX_LITE',
  'WX_NATIVE',
  'YSF_BAR',
  'YSF_JSAPI',
  'PP_PC',
  'QR_CASHIER',
  'AUTO_BAR',
  'AUTO_POS',
  'CHANNEL_CASHIER',
  'CRYPTO_ADDRESS',
]);
