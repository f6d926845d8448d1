/** The sandbox's behaviour, by the source of its knowledge, each with the spec file that tests it. */

/** Requests of test/fixtures/server-transcripts.json: the first pattern that matches a recorded name gives its behaviour. */
export const RECORDED_REQUESTS: readonly (readonly [pattern: RegExp, behaviour: string])[] = [
  [/^raw |JSON bytes|^Q as|^close as|^U as/, 'Reading a request: JSON, form, multipart, query, content types'],
  [/^(?:GET|PUT|DELETE|PATCH|HEAD|OPTIONS) /, 'Methods'],
  [/^path /, 'Paths'],
  [/^U amount/, 'Amounts of pay orders: which are cast and which are refused, up to 2^63 − 1'],
  [/^U currency/, 'Currencies: any text of three characters'],
  [
    /^U wayCode|^U (?:ALI|WX|YSF|UP|AUTO)_|^U QR_CASHIER/,
    'Payment methods: known ones, enabled ones, their required fields and payDataType',
  ],
  [/^U channelExtra/, 'channelExtra'],
  [/ of \d+/, 'Lengths'],
  [/^U (?:notifyUrl|returnUrl)/, 'Schemes of notifyUrl and returnUrl'],
  [/^U clientIp/, 'clientIp: missing, blank, any text'],
  [/^U (?:expiredTime|divisionMode)/, 'expiredTime and divisionMode'],
  [/^U (?:signType|version|reqTime|mchNo|appId|stopped|sign)/, 'Common fields, merchants and signatures'],
  [/^U /, 'Texts of pay orders, required fields and their messages'],
  [/^\/api\/pay\/query/, 'Queries of pay orders'],
  [/^\/api\/pay\/close/, 'Closing'],
  [/^\/api\/transfer\/query/, 'Queries of transfers'],
  [/^\/api\/refund\/query/, 'Queries of refunds'],
  [/^T /, 'Transfers: required fields, amounts, channels'],
  [/^R /, 'Refunds: required fields, amounts, orders'],
];

/** Flows of test/fixtures/server-flows.json. */
export const RECORDED_FLOWS: Readonly<Record<string, string>> = {
  waiting: 'Queries by either number, duplicates in any spelling, a close that the channel does not support, payment',
  closed: 'Closing in state 0, and a payment after it: the query stays at 6, the notify has state 2',
  paid: 'Payment reported twice, failure reported after it, close and duplicate of a paid order',
  'up-paid': 'A channel that is paid immediately: bar codes end in state 2, other methods wait',
  'up-declined': 'A channel that declines: state 3 with errCode 0 and errMsg SUCCESS',
  'up-fail': 'A channel that refuses: state 3 with its code and message',
  'up-e500': 'A channel that responds with HTTP 500: state 3 without a reason',
  'up-garbage': 'A channel whose response is not JSON: state 3 without a reason',
  concurrent: 'Twelve concurrent creates with one number: one succeeds',
  refund: 'Refunds: one at a time, partial and full, the message of each refusal',
  returnUrl: 'A returnUrl with a query',
  returnUrl2: 'A returnUrl with a query without =',
  returnUrl3: 'A returnUrl with a fragment',
  returnUrl4: 'A plain returnUrl',
  expiry: 'A payment after expiry, and a close',
};

/** Recorded in words rather than bytes (protocol §10), or tested by other specs. */
export const RECORDED_OTHERWISE: readonly (readonly [behaviour: string, spec: string])[] = [
  [
    'Notify attempts at 0, 30, 90, 180, 300 and 450 s; with the other broker at 0, 30, 90, 210, 330 and 510 s',
    'test/sandbox/platform.spec.ts',
  ],
  [
    'The timeout of a receiver is 20 s on the gateway’s clock, and delays count from the end of an attempt',
    'test/sandbox/platform.spec.ts',
  ],
  ['A receiver that resets the connection immediately gets the notify again', 'test/sandbox/notify.spec.ts'],
  ['Which responses count as an acknowledgement', 'test/sandbox/judge-response.spec.ts'],
  ['Orders close at the next full minute after they expire', 'test/sandbox/platform.spec.ts'],
  ['Neither failure nor closing is notified', 'test/sandbox/platform.spec.ts'],
];

/** The spec that tests each difference of Pass2Pay’s documents from the platform, by the first words of the difference. */
export const STATED: readonly (readonly [beginning: string, spec: string])[] = [
  ['cashierOrder creates', 'test/sandbox/orders.spec.ts'],
  ['cryptoOrder creates', 'test/sandbox/orders.spec.ts'],
  ['There are additional fields of the payer', 'test/sandbox/refusals.spec.ts'],
  ['The endpoints that create something', 'test/sandbox/refusals.spec.ts'],
  ['custNo, registerTime and clientIp are required', 'test/sandbox/refusals.spec.ts'],
  ['There are additional payment methods', 'test/sandbox/refusals.spec.ts'],
  ['ALI_WAP returns', 'test/sandbox/orders.spec.ts'],
  ['Every end of an order is notified', 'test/sandbox/notify.spec.ts'],
  ['A transfer goes to a bank card', 'test/sandbox/refusals.spec.ts'],
  ['Every response has a traceId', 'test/sandbox/refusals.spec.ts'],
  ['The query of a cashier order returns payUrl', 'test/sandbox/orders.spec.ts'],
  ['There is no close', 'test/sandbox/platform.spec.ts'],
];

/** Neither recorded nor documented. */
export const ASSUMED: readonly (readonly [behaviour: string, why: string, spec: string])[] = [
  [
    'Pass2Pay does everything else like the platform',
    'its documents and demo have the platform’s fields, messages and states',
    'test/sandbox/recordings/transcripts.spec.ts',
  ],
  [
    'The messages for a missing custNo, registerTime, clientIp or chain, and for a version below 1.1',
    'no page documents the messages; these checks follow the signature’s',
    'test/sandbox/refusals.spec.ts',
  ],
  [
    'A cashier order without subject and body has 商品 and 0 in queries and notifies',
    'the fixed values of unifiedOrder; both are required in the notify’s table',
    'test/sandbox/orders.spec.ts',
  ],
  [
    'Pass2Pay notifies of an order that failed when it was created',
    'its page says that failures are notified',
    'test/sandbox/faults.spec.ts',
  ],
  [
    'Notifies in JSON have amounts, state and times as numbers',
    'a merchant’s code reads JSON; which members are numbers is unknown',
    'test/sandbox/notify.spec.ts',
  ],
  [
    'The responses of division and channelUserId without a channel',
    'from the platform’s source, not recorded',
    'test/sandbox/platform.spec.ts',
  ],
  [
    'payDataType of UnionPay, PayPal and ALI_OC',
    'from the platform’s source; they were not enabled for the recorded app',
    'test/sandbox/recordings/transcripts.spec.ts',
  ],
  [
    'A transfer without a result from the channel stays in state 0 with errMsg',
    'from the platform’s source',
    'test/sandbox/faults.spec.ts',
  ],
];
