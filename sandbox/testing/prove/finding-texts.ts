/** @param money returns a multiple of the order's amount as text: `100.31 CNY` */
type Cost = (money: (times?: number) => string, extra: number) => string;

interface FindingText {
  readonly severity: 'fault' | 'warning';
  readonly title: string;
  readonly cost: Cost;
  readonly remedy: string;
  /** A page of docs/, with its path from the root. */
  readonly see: string;
}

const ONE_TRANSACTION =
  'Change the order and fulfil it in one database transaction, and only from the states that allow it: UPDATE … SET state = ' +
  "'paid' WHERE no = … AND state <> 'paid'; fulfil where a row was changed.";
const VERIFY_FIRST =
  'Verify the signature over all parameters except `sign`, with the secret of the message’s app, before anything ' +
  'else; refuse invalid notifies with HTTP 401 and without the word success.';
const givenAway: Cost = (money) =>
  `Goods for ${money()} are given away each time, for a message that anybody can send.`;

/** Description, cost and remedy of each fault. */
export const FINDING_TEXTS = {
  'no-effect': {
    severity: 'fault',
    title: 'A genuine payment has no effect',
    cost: (money) => `The customer has paid ${money()} and gets nothing.`,
    remedy: 'Fulfil the order in the notify handler. Check the notifyUrl, the secret and what `count` counts.',
    see: 'docs/notifies.md#the-handlers',
  },
  'not-acknowledged': {
    severity: 'fault',
    title: 'A genuine notify is not acknowledged',
    cost: (money) =>
      `The gateway sends it up to six times within about ten minutes, then never again. If all attempts fail, it costs ` +
      `the customer ${money()}, and every redelivery is another chance to fulfil twice.`,
    remedy:
      'Respond with exactly the seven bytes `success` as text/plain, once the effect is committed or durably stored.',
    see: 'docs/notifies.md#responses',
  },
  'acknowledged-oddly': {
    severity: 'warning',
    title: 'The acknowledgement is not exactly `success` with HTTP 200',
    cost: () => 'Nothing today: the gateway ignores case and status. Its documents require lower case.',
    remedy: 'Respond with HTTP 200 and exactly the seven bytes `success`.',
    see: 'docs/notifies.md#responses',
  },
  repeated: {
    severity: 'fault',
    title: 'A redelivered notify is fulfilled again',
    cost: (money, extra) =>
      `One payment of ${money()} was fulfilled ${extra + 1} times: ${money(extra)} given away. The gateway redelivers each notify ` +
      'whose response is slow or lost, and its operator can resend it days later.',
    remedy: ONE_TRANSACTION,
    see: 'docs/database.md',
  },
  'at-once': {
    severity: 'fault',
    title: 'Concurrent copies of a notify are each fulfilled',
    cost: (money, extra) =>
      `One payment of ${money()} was fulfilled ${extra + 1} times: ${money(extra)} given away. The gateway posts a notify twice ` +
      'at once when a connection is reset.',
    remedy: `Checking first and writing later is a race. ${ONE_TRANSACTION}`,
    see: 'docs/database.md',
  },
  'repeated-after-restart': {
    severity: 'fault',
    title: 'A notify redelivered after a restart is fulfilled again',
    cost: (money, extra) =>
      `One payment of ${money()} was fulfilled ${extra + 1} times: ${money(extra)} given away at each deployment and crash, for every ` +
      'notify that is redelivered afterwards, and in each additional process.',
    remedy: `Handled notifies are remembered in memory only. ${ONE_TRANSACTION}`,
    see: 'docs/what-is-lost.md',
  },
  'lost-after-acknowledgement': {
    severity: 'fault',
    title: 'An acknowledged payment is lost when the process ends',
    cost: (money) =>
      `The customer has paid ${money()} and gets nothing: the gateway never sends an acknowledged notify again. Each deployment and ` +
      'crash loses the payments that are being handled at that moment.',
    remedy:
      'Respond with `success` after the transaction has committed, or after a durable queue has stored the event.',
    see: 'docs/notifies.md#responses',
  },
  'acknowledged-early': {
    severity: 'warning',
    title: 'A payment is acknowledged before it has an effect',
    cost: (money) =>
      `None, if a durable queue has stored the event. Otherwise a crash in between costs the customer ${money()}, because the gateway never ` +
      'sends an acknowledged notify again.',
    remedy: 'Pass a way to kill and restart the application (`restart`), which distinguishes the two cases.',
    see: 'docs/choosing.md#inline-or-queue',
  },
  'late-payment-lost': {
    severity: 'fault',
    title: 'A payment after the order has closed or failed has no effect',
    cost: (money) =>
      `The customer has paid ${money()} and gets nothing. The gateway cannot close an order at the payment channel, so payments ` +
      'arrive after expiry, and only the notify reports them.',
    remedy:
      'Recognise a redelivery by order and state, not by the order alone; let success override closed and failed, and have ' +
      'somebody check late payments.',
    see: 'docs/notifies.md#the-handlers',
  },
  'unpaid-fulfilled': {
    severity: 'fault',
    title: 'An order that closed or failed is fulfilled',
    cost: (money) => `Goods for ${money()} are given away for each unpaid order.`,
    remedy: 'Check `state`: only 2 is paid. 3 is failed and 6 is closed, and both are sent in the same format.',
    see: 'docs/protocol.md',
  },
  'paid-undone': {
    severity: 'fault',
    title: 'A closed notify after the payment undoes it',
    cost: (money) =>
      `The customer has paid ${money()} for an order that then counts as closed. If a redelivered success is fulfilled again, ` +
      'the goods go out twice.',
    remedy: "Never let the state move back: UPDATE … SET state = 'closed' WHERE no = … AND state = 'open'.",
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
    title: 'A notify with an invalid signature is acknowledged',
    cost: (money) =>
      `A genuine notify that fails verification, e.g. after a change of the secret, is never sent again: the customer has ` +
      `paid ${money()} and gets nothing.`,
    remedy: VERIFY_FIRST,
    see: 'docs/notifies.md#what-is-refused',
  },
  'other-merchant': {
    severity: 'fault',
    title: 'A notify for another merchant’s order is fulfilled',
    cost: (money) =>
      `Anybody with a merchant account, or with the secret of one of your apps, gets goods for ${money()} by paying themselves.`,
    remedy:
      'Verify only with the secret of the app in `mchNo` and `appId`, and look up the order by mchNo and mchOrderNo: ' +
      'order numbers are unique only per merchant.',
    see: 'docs/security.md#a-genuine-notify-misused',
  },
  amount: {
    severity: 'fault',
    title: 'A payment of another amount is fulfilled',
    cost: (money) => `Goods for ${money()} are delivered for any payment, such as 0.01.`,
    remedy: 'Compare `amount` with the order in your database before fulfilling it.',
    see: 'docs/security.md#a-genuine-notify-misused',
  },
  currency: {
    severity: 'fault',
    title: 'A payment in another currency is fulfilled',
    cost: (money) => `Goods for ${money()} are delivered for the same number in a currency of lower value.`,
    remedy: 'Compare `currency` with the order in your database before fulfilling it.',
    see: 'docs/security.md#a-genuine-notify-misused',
  },
  ambiguous: {
    severity: 'fault',
    title: 'A message with `&` in a value is accepted by its signature alone',
    cost: (money) =>
      `The signed text does not show where a value ends, so one signature is valid for two messages. A payer who chooses a text that ` +
      `is returned signed, as in returnUrl, can turn “open” into “paid”: goods for ${money()}.`,
    remedy: 'Refuse a notify with `&` in a value, or confirm it with a query.',
    see: 'docs/protocol.md#the-ambiguity',
  },
  'return-url': {
    severity: 'fault',
    title: 'A visit to returnUrl counts as a payment',
    cost: (money) =>
      `Goods for ${money()} are given away to anyone who opens a link. returnUrl is opened by the payer’s browser.`,
    remedy: 'Show the state in your database on that page, and let only notifies and queries change it.',
    see: 'docs/security.md#a-genuine-notify-misused',
  },
  'genuine-blocked': {
    severity: 'fault',
    title: 'After forged messages, the genuine notify has no effect',
    cost: (money) =>
      `The customer has paid ${money()} and gets nothing: anybody can block an order whose number they know.`,
    remedy: 'Change nothing, and record nothing as handled, before a message is verified and matches the order.',
    see: 'docs/security.md#a-forged-notify',
  },
  fields: {
    severity: 'fault',
    title: 'A genuine notify with unusual fields is not accepted',
    cost: (money) =>
      `The customer has paid ${money()} and gets nothing. The gateway adds and omits fields without notice.`,
    remedy:
      'Verify over all received parameters except `sign`, decoded and without empty ones; require ' +
      'only the fields that identify the order and its terms.',
    see: 'docs/notifies.md#fields',
  },
  format: {
    severity: 'warning',
    title: 'Notifies are accepted in one format only',
    cost: (money) =>
      `None, as long as the gateway’s format does not change. Merchants of this gateway get JSON or a form, and older ones a query ` +
      `string; after such a change, each payment of ${money()} is lost.`,
    remedy: 'Read a form, a flat JSON object and the query string of the POST.',
    see: 'docs/notifies.md#what-is-accepted',
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
    title: 'A notify is acknowledged although its handling failed',
    cost: (money) =>
      `The customer has paid ${money()} and gets nothing: the gateway never sends an acknowledged notify again.`,
    remedy:
      'Respond with `success` only if everything has succeeded; otherwise respond with HTTP 503, and it is sent again.',
    see: 'docs/notifies.md#responses',
  },
} as const satisfies Readonly<Record<string, FindingText>>;

export type FindingCode = keyof typeof FINDING_TEXTS;
