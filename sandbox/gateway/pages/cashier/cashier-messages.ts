import type { EndedView } from './order-view.js';

/** The name of a way of paying, and what one does for it. */
export interface PayMethodText {
  readonly name: string;
  readonly hint: string;
}

/** The kinds of ways of paying that have texts of their own. */
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

/** How an order ended, in words. */
interface EndText {
  readonly title: string;
  readonly text: (merchant: string) => string;
}

/** All that the cashier page says. Amounts are formatted already. */
export interface CashierMessages {
  readonly sandbox: string;
  readonly payTo: (merchant: string) => string;
  readonly amount: string;
  readonly item: string;
  readonly orderNumber: string;
  readonly payBy: string;
  readonly timeLeft: string;
  /** Said to screen readers when this much time is left. */
  readonly minutesLeft: (minutes: number) => string;
  readonly secondsLeft: (seconds: number) => string;
  readonly timeIsUp: string;

  readonly chooseMethod: string;
  readonly method: string;
  readonly methods: Readonly<Record<PayMethodKind, PayMethodText>>;
  /** @param network name of the chain; undefined when it is not known */
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
  /** What stands before and after the number of seconds that is counted down. */
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
