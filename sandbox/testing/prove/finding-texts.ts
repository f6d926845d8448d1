/** @param money gives so many times the order's amount, in words: `100.31 CNY` */
type Cost = (money: (times?: number) => string, extra: number) => string;

interface FindingText {
  readonly severity: 'fault' | 'warning';
  readonly title: string;
  readonly cost: Cost;
  readonly remedy: string;
  /** A page of docs/, by its path from the root. */
  readonly see: string;
}

const ONE_TRANSACTION =
  'Change the order and fulfil it in one database transaction, and only from the states that allow it: UPDATE … SET state = ' +
  "'paid' WHERE no = … AND state <> 'paid'; fulfil where a row was changed.";
const VERIFY_FIRST =
  'Verify the signature over all parameters but `sign`, with the secret of the app that the message names, before anything ' +
  'else is done; refuse what does not verify with HTTP 401 and without the word success.';
const givenAway: Cost = (money) =>
  `Goods for ${money()} are given away each time, for a message that anybody can send.`;

/** What each fault is, costs and needs. */
export const FINDING_TEXTS = {
  'no-effect': {
    severity: 'fault',
    title: 'A genuine payment has no effect',
    cost: (money) => `The customer has paid ${money()} and gets nothing.`,
    remedy: 'Fulfil the order where the notify is handled. Check the notifyUrl, the secret and what `count` counts.',
    see: 'docs/notifies.md#the-handlers',
  },
  'not-acknowledged': {
    severity: 'fault',
    title: 'A genuine notify is not acknowledged',
    cost: (money) =>
      `The gateway repeats it up to six times within about ten minutes, then never again. Whatever makes it fail by then costs ` +
      `the customer ${money()}, and every repetition is another chance to fulfil twice.`,
    remedy: 'Answer exactly the seven bytes `success` as text/plain, once the effect is committed or durably stored.',
    see: 'docs/notifies.md#what-is-answered',
  },
  'acknowledged-oddly': {
    severity: 'warning',
    title: 'The acknowledgement is not exactly `success` with HTTP 200',
    cost: () => 'Nothing today: the gateway ignores case and status. Its documents ask for lower case.',
    remedy: 'Answer HTTP 200 and exactly the seven bytes `success`.',
    see: 'docs/notifies.md#what-is-answered',
  },
  repeated: {
    severity: 'fault',
    title: 'A notify that is repeated is fulfilled again',
    cost: (money, extra) =>
      `One payment of ${money()} was fulfilled ${extra + 1} times: ${money(extra)} given away. The gateway repeats each notify ` +
      'whose answer is slow or lost, and its operator can send it again days later.',
    remedy: ONE_TRANSACTION,
    see: 'docs/database.md',
  },
  'at-once': {
    severity: 'fault',
    title: 'Copies of a notify that come at once are each fulfilled',
    cost: (money, extra) =>
      `One payment of ${money()} was fulfilled ${extra + 1} times: ${money(extra)} given away. The gateway posts a notify twice ` +
      'at once where a connection is reset.',
    remedy: `Looking first and writing later is a race. ${ONE_TRANSACTION}`,
    see: 'docs/database.md',
  },
  'repeated-after-restart': {
    severity: 'fault',
    title: 'A notify that is repeated after a restart is fulfilled again',
    cost: (money, extra) =>
      `One payment of ${money()} was fulfilled ${extra + 1} times: ${money(extra)} given away at each deploy and crash, for every ` +
      'notify whose repetition comes after it, and in each further process.',
    remedy: `What was handled is remembered in memory only. ${ONE_TRANSACTION}`,
    see: 'docs/what-is-lost.md',
  },
  'lost-after-acknowledgement': {
    severity: 'fault',
    title: 'A payment that was acknowledged is lost when the process ends',
    cost: (money) =>
      `The customer has paid ${money()} and gets nothing: the gateway never sends an acknowledged notify again. Each deploy and ` +
      'crash costs what was being handled at that moment.',
    remedy: 'Answer `success` after the transaction has committed, or after a durable queue has the event.',
    see: 'docs/notifies.md#what-is-answered',
  },
  'acknowledged-early': {
    severity: 'warning',
    title: 'A payment is acknowledged before it has an effect',
    cost: (money) =>
      `None, if a durable queue has the event. Otherwise a crash in between costs the customer ${money()}, as the gateway never ` +
      'sends an acknowledged notify again.',
    remedy: 'Give the proof a way to kill and restart the application (`restart`): it then tells the two apart.',
    see: 'docs/choosing.md#inline-or-queue',
  },
  'late-payment-lost': {
    severity: 'fault',
    title: 'A payment after the order has closed or failed has no effect',
    cost: (money) =>
      `The customer has paid ${money()} and gets nothing. The gateway cannot close an order at the payment channel, so payments ` +
      'come after expiry, and only the notify tells.',
    remedy:
      'Recognise a repetition by order and state, not by the order alone; let success win over closed and failed, and have ' +
      'somebody look at what is late.',
    see: 'docs/notifies.md#the-handlers',
  },
  'unpaid-fulfilled': {
    severity: 'fault',
    title: 'An order that closed or failed is fulfilled',
    cost: (money) => `Goods for ${money()} are given away for each order that nobody pays.`,
    remedy: 'Look at `state`: 2 alone is paid. 3 is failed and 6 is closed, and both are announced in the same form.',
    see: 'docs/protocol.md',
  },
  'paid-undone': {
    severity: 'fault',
    title: 'A closed notify that comes after the payment undoes it',
    cost: (money) =>
      `The customer has paid ${money()} for an order that then counts as closed. Where a repeated success is fulfilled again, ` +
      'the goods go out twice.',
    remedy: "Let the state only move forward: UPDATE … SET state = 'closed' WHERE no = … AND state = 'open'.",
    see: 'docs/notifies.md#the-handlers',
  },
  'forged-effect': {
    severity: 'fault',
    title: 'A forged notify is fulfilled',
    cost: givenAway,
    remedy: VERIFY_FIRST,
    see: 'docs/security.md#a-forged-notify',
  },
  'forged-acknowledged': {
    severity: 'fault',
    title: 'A notify that does not verify is acknowledged',
    cost: (money) =>
      `A genuine notify that does not verify for once, as after a change of the secret, is never sent again: the customer has ` +
      `paid ${money()} and gets nothing.`,
    remedy: VERIFY_FIRST,
    see: 'docs/notifies.md#what-is-refused',
  },
  'other-merchant': {
    severity: 'fault',
    title: 'A notify about another merchant’s order is fulfilled',
    cost: (money) =>
      `Whoever has an account of their own, or the secret of one of your apps, gets goods for ${money()} by paying themselves.`,
    remedy:
      'Verify with the secret of the app that `mchNo` and `appId` name, with no other, and look the order up by both numbers: ' +
      'order numbers are unique per merchant only.',
    see: 'docs/security.md#a-genuine-notify-misused',
  },
  amount: {
    severity: 'fault',
    title: 'A payment of another amount is fulfilled',
    cost: (money) => `Goods for ${money()} go out for whatever was paid, such as 0.01.`,
    remedy: 'Compare `amount` with the order of your own database before it is fulfilled.',
    see: 'docs/security.md#a-genuine-notify-misused',
  },
  currency: {
    severity: 'fault',
    title: 'A payment in another currency is fulfilled',
    cost: (money) => `Goods for ${money()} go out for the same number in a currency that is worth less.`,
    remedy: 'Compare `currency` with the order of your own database before it is fulfilled.',
    see: 'docs/security.md#a-genuine-notify-misused',
  },
  ambiguous: {
    severity: 'fault',
    title: 'A message with `&` in a value is taken by its signature alone',
    cost: (money) =>
      `The signed text does not tell where a value ends, so one signature fits two messages. A payer who chooses a text that ` +
      `comes back signed, as in returnUrl, makes “paid” of “open”: goods for ${money()}.`,
    remedy: 'Refuse a notify with `&` in a value, or ask the gateway about the order before it counts.',
    see: 'docs/protocol.md#the-ambiguity',
  },
  'return-url': {
    severity: 'fault',
    title: 'Coming back by returnUrl counts as payment',
    cost: (money) =>
      `Goods for ${money()} are given away to whoever opens a link. returnUrl comes through the payer’s browser.`,
    remedy: 'Show on that page what your own database says, and let only the notify, or a query, change it.',
    see: 'docs/security.md#a-genuine-notify-misused',
  },
  'genuine-blocked': {
    severity: 'fault',
    title: 'After messages that do not count, the genuine notify has no effect',
    cost: (money) =>
      `The customer has paid ${money()} and gets nothing: anybody can block an order whose number they know.`,
    remedy: 'Change nothing, and remember nothing as handled, before a message has verified and fits the order.',
    see: 'docs/security.md#a-forged-notify',
  },
  fields: {
    severity: 'fault',
    title: 'A genuine notify with other fields than usual is not taken',
    cost: (money) =>
      `The customer has paid ${money()} and gets nothing. The gateway adds and leaves out fields without notice.`,
    remedy:
      'Verify over all parameters that came but `sign`, whatever their names, decoded and with the empty ones left out; need ' +
      'only what names and binds the order.',
    see: 'docs/notifies.md#fields',
  },
  format: {
    severity: 'warning',
    title: 'Notifies are understood in one format only',
    cost: (money) =>
      `None, as long as the gateway sends what it sends now. Merchants of this gateway get JSON or a form, and older ones a query ` +
      `string; after such a change, each payment of ${money()} is lost.`,
    remedy: 'Read a form, a flat JSON object and the query string of the POST.',
    see: 'docs/notifies.md#what-is-let-in',
  },
  'half-a-message': {
    severity: 'fault',
    title: 'Half a notify is fulfilled',
    cost: givenAway,
    remedy: `Wait for the end of the body. ${VERIFY_FIRST}`,
    see: 'docs/notifies.md#what-is-refused',
  },
  'failed-attempt': {
    severity: 'fault',
    title: 'A notify is acknowledged though handling it failed',
    cost: (money) =>
      `The customer has paid ${money()} and gets nothing: the gateway never sends an acknowledged notify again.`,
    remedy: 'Answer `success` only where everything has succeeded; otherwise answer HTTP 503, and it is sent again.',
    see: 'docs/notifies.md#what-is-answered',
  },
} as const satisfies Readonly<Record<string, FindingText>>;

export type FindingCode = keyof typeof FINDING_TEXTS;
