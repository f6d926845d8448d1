import type { EndedView } from './order-view.js';

/** The name of a payment method, and what the payer has to do. */
export interface PayMethodText {
  readonly name: string;
  readonly hint: string;
}

/** The kinds of payment methods with their own texts. */
export type PayMethodKind =
  | 'alipayCode'
  | 'alipayHere'
  | 'alipayComputer'
  | 'wechatCode'
  | 'wechatHere'
  | 'unionPay'
  | 'payPal'
  | 'digitalYuan'
  | 'crypto'
  | 'other';

/** The texts for the final state of an order. */
interface EndText {
  readonly title: string;
  readonly text: (merchant: string) => string;
}

/** All texts of the cashier page. Amounts are already formatted. */
export interface CashierMessages {
  readonly sandbox: string;
  readonly payTo: (merchant: string) => string;
  readonly amount: string;
  readonly item: string;
  readonly orderNumber: string;
  readonly payBy: string;
  readonly timeLeft: string;
  /** Announced by screen readers when this much time is left. */
  readonly minutesLeft: (minutes: number) => string;
  readonly secondsLeft: (seconds: number) => string;
  readonly timeIsUp: string;

  readonly chooseMethod: string;
  readonly method: string;
  readonly methods: Readonly<Record<PayMethodKind, PayMethodText>>;
  /** @param network name of the chain; undefined if unknown */
  readonly cryptoTransfer: (currency: string, network: string | undefined) => PayMethodText;

  readonly scan: string;
  readonly codeAlternative: string;
  readonly codeOfThisComputer: string;
  readonly paymentLink: string;

  readonly sandboxExplained: string;
  readonly pay: (amount: string) => string;
  readonly fail: string;
  readonly expire: string;
  readonly working: string;
  readonly payLateExplained: string;
  readonly payLate: (amount: string) => string;

  readonly ends: Readonly<Record<EndedView, EndText>>;
  readonly paidAt: string;
  readonly endedAt: string;
  readonly gatewayNumber: string;
  readonly returnTo: (merchant: string) => string;
  /** The texts before and after the countdown of seconds. */
  readonly returning: readonly [before: string, after: string];
  readonly stay: string;
  readonly closePage: string;

  readonly unknownTitle: string;
  readonly unknownText: string;
  readonly nothingHereTitle: string;
  readonly nothingHereText: string;
  readonly unknownMethodTitle: string;
  readonly unknownMethodText: string;
  readonly backToOrder: string;
  readonly footer: string;
}
