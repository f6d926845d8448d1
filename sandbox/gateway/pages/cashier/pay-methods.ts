import type { CashierMessages, PayMethodKind, PayMethodText } from './cashier-messages.js';
import type { SandboxMerchant } from '../../options.js';
import type { SandboxOrder } from '../../orders/sandbox-order.js';

/** A payment method on the page. */
export interface PayMethod extends PayMethodText {
  readonly wayCode: string;
  readonly kind: PayMethodKind;
  /** Whether it is paid by scanning the code, rather than on the device that shows the page. */
  readonly byCode: boolean;
}

/** The payment methods for the payer. `fixed`: there is no choice. */
export interface OfferedMethods {
  readonly fixed: boolean;
  readonly methods: readonly PayMethod[];
}

/** Orders with these codes let the payer choose. */
const OPEN_WAY_CODES: ReadonlySet<string> = new Set(['CHANNEL_CASHIER', 'QR_CASHIER']);

/** The payment methods that Pass2Pay documents for payers. Source: protocol §8, wayCode. */
const DOCUMENTED_WAY_CODES = ['ALI_QR', 'ALI_WAP'];

/** The methods that can be used from a page, so not those where the shop scans the payer's code. */
const KINDS: Readonly<Record<string, PayMethodKind>> = {
  ALI_QR: 'alipayCode',
  ALI_WAP: 'alipayHere',
  ALI_APP: 'alipayHere',
  ALI_JSAPI: 'alipayHere',
  ALI_LITE: 'alipayHere',
  ALI_PC: 'alipayComputer',
  WX_NATIVE: 'wechatCode',
  WX_H5: 'wechatHere',
  WX_APP: 'wechatHere',
  WX_JSAPI: 'wechatHere',
  WX_LITE: 'wechatHere',
  YSF_JSAPI: 'unionPay',
  PP_PC: 'payPal',
};

const BY_CODE: ReadonlySet<PayMethodKind> = new Set(['alipayCode', 'wechatCode', 'crypto']);

/** Source: protocol §8, chain. */
const NETWORKS: Readonly<Record<string, string>> = {
  '1': 'Ethereum',
  '0x2b6653dc': 'Tron',
  '56': 'BNB Smart Chain',
  '137': 'Polygon',
};

/**
 * The order's own payment method, or those that the merchant may use; the ones that suit the device come first.
 *
 * @param onPhone whether the page is shown on a phone, which cannot scan its own screen
 */
export function offeredMethods(
  order: SandboxOrder,
  merchant: SandboxMerchant | undefined,
  texts: CashierMessages,
  onPhone: boolean,
): OfferedMethods {
  if (!OPEN_WAY_CODES.has(order.wayCode)) return { fixed: true, methods: [methodOf(order.wayCode, order, texts)] };
  const methods = (merchant?.wayCodes ?? DOCUMENTED_WAY_CODES)
    .filter((wayCode) => kindOf(wayCode) !== 'other')
    .map((wayCode) => methodOf(wayCode, order, texts))
    // Of several methods of the same kind, only the first is shown.
    .filter((method, index, all) => all.findIndex(({ kind }) => kind === method.kind) === index)
    .toSorted((one, other) => Number(one.byCode === onPhone) - Number(other.byCode === onPhone));
  return { fixed: methods.length === 1, methods };
}

function methodOf(wayCode: string, order: SandboxOrder, texts: CashierMessages): PayMethod {
  const kind = kindOf(wayCode);
  return { wayCode, kind, byCode: BY_CODE.has(kind), ...textOf(kind, order, texts) };
}

function textOf(kind: PayMethodKind, order: SandboxOrder, texts: CashierMessages): PayMethodText {
  if (kind !== 'crypto') return texts.methods[kind];
  const chain = String(order.request['chain'] ?? '');
  return texts.cryptoTransfer(order.currency.toUpperCase(), NETWORKS[chain]);
}

function kindOf(wayCode: string): PayMethodKind {
  if (wayCode === 'CRYPTO_ADDRESS') return 'crypto';
  if (wayCode.startsWith('DCEP_')) return 'digitalYuan';
  return KINDS[wayCode] ?? 'other';
}
