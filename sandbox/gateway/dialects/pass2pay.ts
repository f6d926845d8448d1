import type { Dialect, Endpoint, SandboxEndpoint } from './dialect.js';
import { BODY, CURRENCY, MCH_ORDER_NO, PAY_AMOUNT, PLATFORM, requestRules, SUBJECT } from './platform.js';

/** A difference of Pass2Pay's documents from the platform, or an addition. */
export interface Difference {
  readonly says: string;
  /** The page that documents it. */
  readonly source: string;
  readonly applyTo: (dialect: Dialect) => Dialect;
}

type Required = readonly [field: string, words: string];

// No page documents the gateway's messages for these four; they are ours, in the style of the others.
const CUST_NO: Required = ['custNo', '客户编号不能为空'];
const REGISTER_TIME: Required = ['registerTime', '客户注册时间不能为空'];
const CLIENT_IP: Required = ['clientIp', '客户端IP不能为空'];
const CHAIN: Required = ['chain', '链不能为空'];

const OPENS_CASHIER = { payDataTypes: ['payurl'], opensCashier: true } as const;

/** Each builds on the previous ones. */
export const DIFFERENCES: readonly Difference[] = [
  {
    says: 'cashierOrder creates an order that the payer pays on the gateway’s page; wayCode, subject and body are optional.',
    source: 'cashierOrder page',
    applyTo: (dialect) =>
      withEndpoint(dialect, 'cashierOrder', {
        ...unifiedOrderOf(dialect),
        path: '/api/pay/cashierOrder',
        rules: requestRules(MCH_ORDER_NO, PAY_AMOUNT, CURRENCY),
        checks: unifiedOrderOf(dialect).checks.filter((check) => check !== 'payerOfWayCode'),
        order: {
          wayCode: 'CHANNEL_CASHIER',
          opensCashier: true,
          // The documented fixed values of unifiedOrder: both are required in the notify's table.
          subject: '商品',
          body: '0',
          lifeSeconds: 900,
          leastLifeSeconds: 900,
        },
      }),
  },
  {
    says: 'cryptoOrder creates an order in USDT or USDC on a chain.',
    source: 'cryptoOrder page',
    applyTo: (dialect) => {
      const unified = unifiedOrderOf(dialect);
      return withEndpoint(dialect, 'cryptoOrder', {
        ...unified,
        path: '/api/pay/cryptoOrder',
        fields: { ...unified.fields, chain: 'String' },
        rules: requestRules(MCH_ORDER_NO, PAY_AMOUNT, CURRENCY, SUBJECT, BODY),
        // The platform's column takes three characters, which is too short for USDT.
        lengths: { ...unified.lengths, currency: 8 },
        order: { wayCode: 'CRYPTO_ADDRESS', lifeSeconds: 7_200 },
      });
    },
  },
  {
    says: 'There are additional fields of the payer: custNo, registerTime, userName, mbrTel and idNo; custNo for transfers.',
    source: 'cashierOrder, unifiedOrder, cryptoOrder and transferOrder pages',
    applyTo: (dialect) =>
      forEndpoints(dialect, ['cashierOrder', 'unifiedOrder', 'cryptoOrder', 'transferOrder'], (endpoint) => ({
        ...endpoint,
        fields: {
          ...endpoint.fields,
          custNo: 'String',
          ...(endpoint.kind === 'order' && {
            registerTime: 'String',
            userName: 'String',
            mbrTel: 'String',
            idNo: 'String',
          }),
        },
      })),
  },
  {
    says: 'The endpoints that create something refuse versions below 1.1.',
    source: 'change of 2024-05-16',
    applyTo: (dialect) =>
      forEndpoints(dialect, ['cashierOrder', 'unifiedOrder', 'cryptoOrder', 'transferOrder'], (endpoint) => ({
        ...endpoint,
        checks: ['createVersion', ...endpoint.checks],
      })),
  },
  {
    says: 'custNo, registerTime and clientIp are required, except clientIp for a cashier order and registerTime for a transfer; a crypto order also needs a chain.',
    source: 'cashierOrder, unifiedOrder, cryptoOrder and transferOrder pages',
    applyTo: (dialect) =>
      Object.entries({
        cashierOrder: [CUST_NO, REGISTER_TIME],
        unifiedOrder: [CUST_NO, REGISTER_TIME, CLIENT_IP],
        cryptoOrder: [CUST_NO, REGISTER_TIME, CLIENT_IP, CHAIN],
        transferOrder: [CUST_NO, CLIENT_IP],
      }).reduce(
        (changed, [name, requiredFields]) =>
          forEndpoints(changed, [name as SandboxEndpoint], (endpoint) => ({
            ...endpoint,
            checks: afterVersion(endpoint.checks),
            requiredFields,
          })),
        dialect,
      ),
  },
  {
    says: 'There are additional payment methods: CHANNEL_CASHIER, CRYPTO_ADDRESS, AUTO_POS and DCEP_….',
    source: 'pages and demo',
    applyTo: (dialect) => ({
      ...dialect,
      wayCodes: {
        ...dialect.wayCodes,
        CHANNEL_CASHIER: OPENS_CASHIER,
        CRYPTO_ADDRESS: { payDataTypes: ['payUrl'] },
        AUTO_POS: { payDataTypes: ['none'] },
      },
      wayCodePrefixes: ['DCEP_'],
    }),
  },
  {
    says: 'ALI_WAP returns payUrl (the default), codeImgUrl or form.',
    source: 'unifiedOrder page, channelExtra',
    applyTo: (dialect) => ({
      ...dialect,
      wayCodes: { ...dialect.wayCodes, ALI_WAP: { payDataTypes: ['payUrl', 'codeImgUrl', 'form'] } },
    }),
  },
  {
    says: 'Every end of an order is notified: success, failure (since 2024-05-28) and closing (since 2024-05-16).',
    source: 'notify page',
    applyTo: (dialect) => ({ ...dialect, announced: { ...dialect.announced, order: [2, 3, 6] } }),
  },
  {
    says: 'A transfer goes to a bank card; ifCode and transferDesc are optional.',
    source: 'transferOrder page',
    applyTo: (dialect) =>
      forEndpoints({ ...dialect, transferChannels: { '*': ['BANK_CARD'] } }, ['transferOrder'], (endpoint) => ({
        ...endpoint,
        rules: endpoint.rules.filter(({ field }) => field !== 'ifCode' && field !== 'transferDesc'),
      })),
  },
  {
    says: 'Every response has a traceId.',
    source: 'samples of all pages',
    applyTo: (dialect) => ({ ...dialect, hasTraceId: true }),
  },
  {
    says: 'The query of a cashier order returns payUrl.',
    source: 'query page',
    applyTo: (dialect) => ({ ...dialect, tellsPayUrl: true }),
  },
  {
    says: 'There is no close, no refund, no division and no channelUserId.',
    source: 'no page has them',
    applyTo: (dialect) =>
      withoutEndpoints(dialect, [
        'close',
        'refundOrder',
        'refundQuery',
        'divisionBind',
        'divisionExec',
        'channelUserId',
      ]),
  },
];

/** The platform with the differences that Pass2Pay's documents state. */
export const PASS2PAY: Dialect = DIFFERENCES.reduce<Dialect>((dialect, { applyTo }) => applyTo(dialect), {
  ...PLATFORM,
  name: 'pass2pay',
});

function unifiedOrderOf({ endpoints: { unifiedOrder } }: Dialect): Endpoint {
  if (!unifiedOrder) throw new Error('The platform has unifiedOrder');
  return unifiedOrder;
}

function withEndpoint(dialect: Dialect, name: SandboxEndpoint, endpoint: Endpoint): Dialect {
  return { ...dialect, endpoints: { ...dialect.endpoints, [name]: endpoint } };
}

function withoutEndpoints(dialect: Dialect, names: readonly SandboxEndpoint[]): Dialect {
  const kept = Object.entries(dialect.endpoints).filter(([name]) => !names.includes(name as SandboxEndpoint));
  return { ...dialect, endpoints: Object.fromEntries(kept) };
}

function forEndpoints(
  dialect: Dialect,
  names: readonly SandboxEndpoint[],
  change: (endpoint: Endpoint) => Endpoint,
): Dialect {
  return names.reduce((changed, name) => {
    const endpoint = changed.endpoints[name];
    return endpoint ? withEndpoint(changed, name, change(endpoint)) : changed;
  }, dialect);
}

/** The version is checked first, then the required fields. */
function afterVersion([version, ...checks]: Endpoint['checks']): Endpoint['checks'] {
  return version === undefined ? ['requiredFields'] : [version, 'requiredFields', ...checks];
}
