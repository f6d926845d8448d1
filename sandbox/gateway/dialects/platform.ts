import type { BeanFields, Dialect, Endpoint, FieldRule, WayCode } from './dialect.js';

const MIN_AMOUNT = 1n;

const COMMON_FIELDS: BeanFields = {
  mchNo: 'String',
  appId: 'String',
  version: 'String',
  signType: 'String',
  reqTime: 'String',
  sign: 'String',
};

const COMMON_RULES: readonly FieldRule[] = [
  { field: 'mchNo', missing: '商户号不能为空' },
  { field: 'appId', missing: '商户应用ID不能为空' },
  { field: 'version', missing: '版本号不能为空' },
  { field: 'signType', missing: '签名类型不能为空' },
  { field: 'reqTime', missing: '时间戳不能为空' },
  { field: 'sign', missing: '签名值不能为空' },
];

export const MCH_ORDER_NO: FieldRule = { field: 'mchOrderNo', missing: '商户订单号不能为空' };
export const CURRENCY: FieldRule = { field: 'currency', missing: '货币代码不能为空' };
export const PAY_AMOUNT: FieldRule = {
  field: 'amount',
  missing: '支付金额不能为空',
  range: { least: MIN_AMOUNT, words: '支付金额不能为空' },
};
export const SUBJECT: FieldRule = { field: 'subject', missing: '商品标题不能为空' };
export const BODY: FieldRule = { field: 'body', missing: '商品描述信息不能为空' };

const ANY_METHOD = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;

function requestFields(fields: BeanFields): BeanFields {
  return { ...COMMON_FIELDS, ...fields };
}

export function requestRules(...rules: readonly FieldRule[]): readonly FieldRule[] {
  return [...COMMON_RULES, ...rules];
}

const UNIFIED_ORDER: Endpoint = {
  path: '/api/pay/unifiedOrder',
  methods: ['POST'],
  kind: 'order',
  fields: requestFields({
    mchOrderNo: 'String',
    wayCode: 'String',
    amount: 'Long',
    currency: 'String',
    clientIp: 'String',
    subject: 'String',
    body: 'String',
    notifyUrl: 'String',
    returnUrl: 'String',
    expiredTime: 'Integer',
    channelExtra: 'String',
    extParam: 'String',
    divisionMode: 'Byte',
  }),
  rules: requestRules(
    MCH_ORDER_NO,
    { field: 'wayCode', missing: '支付方式不能为空' },
    PAY_AMOUNT,
    CURRENCY,
    SUBJECT,
    BODY,
    { field: 'divisionMode', range: { least: 0n, most: 2n, words: '分账模式设置值有误' } },
  ),
  checks: ['wayCode', 'channelExtra', 'newOrder', 'urls', 'openedWayCode', 'payerOfWayCode', 'storable'],
  operation: 'createOrder',
  order: { lifeSeconds: 7_200 },
  lengths: {
    mchOrderNo: 64,
    currency: 3,
    clientIp: 32,
    subject: 64,
    body: 256,
    notifyUrl: 128,
    returnUrl: 128,
    extParam: 128,
  },
};

const QUERY: Endpoint = {
  path: '/api/pay/query',
  methods: ANY_METHOD,
  kind: 'order',
  fields: requestFields({ mchOrderNo: 'String', payOrderId: 'String' }),
  rules: requestRules(),
  checks: [],
  operation: 'queryOrder',
  lengths: {},
};

const TRANSFER_ORDER: Endpoint = {
  path: '/api/transferOrder',
  methods: ['POST'],
  kind: 'transfer',
  fields: requestFields({
    mchOrderNo: 'String',
    ifCode: 'String',
    entryType: 'String',
    amount: 'Long',
    currency: 'String',
    accountNo: 'String',
    accountName: 'String',
    bankName: 'String',
    clientIp: 'String',
    transferDesc: 'String',
    notifyUrl: 'String',
    channelExtra: 'String',
    extParam: 'String',
  }),
  rules: requestRules(
    MCH_ORDER_NO,
    { field: 'ifCode', missing: '支付接口代码不能为空' },
    { field: 'entryType', missing: '入账方式不能为空' },
    {
      field: 'amount',
      missing: '转账金额不能为空',
      range: { least: MIN_AMOUNT, words: '转账金额不能小于1分' },
    },
    CURRENCY,
    { field: 'accountNo', missing: '收款账号不能为空' },
    { field: 'transferDesc', missing: '转账备注信息不能为空' },
  ),
  checks: ['newTransfer', 'urls', 'transferChannel', 'storable'],
  operation: 'createTransfer',
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
};

const TRANSFER_QUERY: Endpoint = {
  path: '/api/transfer/query',
  methods: ANY_METHOD,
  kind: 'transfer',
  fields: requestFields({ mchOrderNo: 'String', transferId: 'String' }),
  rules: requestRules(),
  checks: [],
  operation: 'queryTransfer',
  lengths: {},
};

const REFUND_ORDER: Endpoint = {
  path: '/api/refund/refundOrder',
  methods: ['POST'],
  kind: 'refund',
  fields: requestFields({
    mchOrderNo: 'String',
    payOrderId: 'String',
    mchRefundNo: 'String',
    refundAmount: 'Long',
    currency: 'String',
    refundReason: 'String',
    clientIp: 'String',
    notifyUrl: 'String',
    channelExtra: 'String',
    extParam: 'String',
  }),
  rules: requestRules(
    { field: 'mchRefundNo', missing: '商户退款单号不能为空' },
    {
      field: 'refundAmount',
      missing: '退款金额不能为空',
      range: { least: MIN_AMOUNT, words: '退款金额请大于1分' },
    },
    CURRENCY,
    { field: 'refundReason', missing: '退款原因不能为空' },
  ),
  checks: ['refundable', 'storable'],
  operation: 'createRefund',
  lengths: { mchRefundNo: 64, currency: 3, clientIp: 32, refundReason: 256, notifyUrl: 128, extParam: 64 },
};

/** Division and channel users: no channel of the sandbox supports them, so every request is refused. */
const WITHOUT_A_CHANNEL = {
  divisionBind: {
    path: '/api/division/receiver/bind',
    methods: ['POST'],
    kind: 'order',
    fields: requestFields({
      ifCode: 'String',
      receiverAlias: 'String',
      receiverGroupId: 'Long',
      accType: 'Byte',
      accNo: 'String',
      accName: 'String',
      relationType: 'String',
      relationTypeName: 'String',
      channelExtInfo: 'String',
      divisionProfit: 'String',
    }),
    rules: requestRules(
      { field: 'ifCode', missing: '支付接口代码不能为空' },
      { field: 'receiverGroupId', missing: '组ID不能为空， 若不存在请先登录商户平台进行创建操作' },
      {
        field: 'accType',
        missing: '分账接收账号类型不能为空',
        range: { least: 0n, most: 1n, words: '分账接收账号类型设置有误' },
      },
      { field: 'accNo', missing: '分账接收账号不能为空' },
      { field: 'relationType', missing: '分账关系类型不能为空' },
      { field: 'divisionProfit', missing: '分账比例不能为空' },
    ),
    checks: ['divisionAccount'],
    lengths: {},
  },
  divisionExec: {
    path: '/api/division/exec',
    methods: ['POST'],
    kind: 'order',
    fields: requestFields({
      mchOrderNo: 'String',
      payOrderId: 'String',
      useSysAutoDivisionReceivers: 'Byte',
      receivers: 'String',
    }),
    rules: requestRules({ field: 'useSysAutoDivisionReceivers', missing: '是否使用系统配置的自动分账组不能为空' }),
    checks: ['dividableOrder'],
    lengths: {},
  },
  channelUserId: {
    path: '/api/channelUserId/jump',
    methods: ANY_METHOD,
    kind: 'order',
    fields: requestFields({ ifCode: 'String', extParam: 'String', redirectUrl: 'String' }),
    rules: requestRules(
      { field: 'ifCode', missing: '接口代码不能为空' },
      { field: 'redirectUrl', missing: '回调地址不能为空' },
    ),
    checks: ['knownClient'],
    lengths: {},
  },
} as const satisfies Record<string, Endpoint>;

const AUTH_CODE = { member: 'authCode', words: '用户支付条码[authCode]不可为空' };
const OPENID = { member: 'openid', words: '[openid]不可为空' };
const BUYER = { member: 'buyerUserId', words: '[buyerUserId]不可为空' };
const BAR: WayCode = { payDataTypes: ['none'], needs: AUTH_CODE };
const PAGE: WayCode = { payDataTypes: ['payurl'] };

/** Recorded, except those of UnionPay, PayPal and ALI_OC, which were not enabled for the recorded app (protocol §9). */
const WAY_CODES: Readonly<Record<string, WayCode>> = {
  ALI_APP: { payDataTypes: ['aliapp'] },
  ALI_BAR: BAR,
  ALI_JSAPI: { payDataTypes: ['aliapp'], needs: BUYER },
  ALI_LITE: { payDataTypes: ['aliapp'], needs: BUYER },
  ALI_OC: PAGE,
  ALI_PC: PAGE,
  ALI_QR: { payDataTypes: ['codeUrl', 'codeImgUrl'] },
  ALI_WAP: PAGE,
  PP_PC: PAGE,
  QR_CASHIER: { payDataTypes: ['payurl', 'codeImgUrl'], opensCashier: true },
  UP_APP: { payDataTypes: ['ysfapp'] },
  UP_B2B: PAGE,
  UP_BAR: BAR,
  UP_JSAPI: { payDataTypes: ['ysfapp'] },
  UP_PC: PAGE,
  UP_QR: { payDataTypes: ['codeUrl', 'codeImgUrl'] },
  UP_WAP: PAGE,
  WX_APP: { payDataTypes: ['wxapp'] },
  WX_BAR: BAR,
  WX_H5: PAGE,
  WX_JSAPI: { payDataTypes: ['wxapp'], needs: OPENID },
  WX_LITE: { payDataTypes: ['wxapp'], needs: OPENID },
  WX_NATIVE: { payDataTypes: ['codeUrl'] },
  YSF_BAR: BAR,
  YSF_JSAPI: { payDataTypes: ['ysfapp'] },
};

/**
 * The open platform's payment server, as recorded.
 *
 * Source: protocol §10; for division and channel users §6.
 */
export const PLATFORM: Dialect = {
  name: 'platform',
  endpoints: {
    unifiedOrder: UNIFIED_ORDER,
    query: QUERY,
    close: { ...QUERY, path: '/api/pay/close', operation: 'closeOrder' },
    refundOrder: REFUND_ORDER,
    refundQuery: {
      ...QUERY,
      path: '/api/refund/query',
      kind: 'refund',
      fields: requestFields({ mchRefundNo: 'String', refundOrderId: 'String' }),
      operation: 'queryRefund',
    },
    transferOrder: TRANSFER_ORDER,
    transferQuery: TRANSFER_QUERY,
    ...WITHOUT_A_CHANNEL,
  },
  wayCodes: WAY_CODES,
  wayCodePrefixes: [],
  transferChannels: { alipay: ['ALIPAY_CASH'], plspay: [], xxpay: [] },
  announced: { order: [2], transfer: [2, 3], refund: [2, 3] },
  hasTraceId: false,
  tellsPayUrl: false,
};
