/** What the sandbox does, by where it is known from; each with the spec file that holds it. */

/** Requests of test/fixtures/server-transcripts.json: the first pattern that fits a recorded name says what it is about. */
export const RECORDED_REQUESTS: readonly (readonly [pattern: RegExp, behaviour: string])[] = [
  [/^raw |JSON bytes|^Q as|^close as|^U as/, 'How a request is read: JSON, form, multipart, query, content types'],
  [/^(?:GET|PUT|DELETE|PATCH|HEAD|OPTIONS) /, 'Methods'],
  [/^path /, 'Paths'],
  [/^U amount/, 'Amounts of pay orders: what is cast, what is refused, up to 2^63 − 1'],
  [/^U currency/, 'Currencies: any text of three characters'],
  [
    /^U wayCode|^U (?:ALI|WX|YSF|UP|AUTO)_|^U QR_CASHIER/,
    'Ways of paying: known, opened, what they need, and their payDataType',
  ],
  [/^U channelExtra/, 'channelExtra'],
  [/ of \d+/, 'Lengths'],
  [/^U (?:notifyUrl|returnUrl)/, 'Schemes of notifyUrl and returnUrl'],
  [/^U clientIp/, 'clientIp: missing, blank, any text'],
  [/^U (?:expiredTime|divisionMode)/, 'expiredTime and divisionMode'],
  [/^U (?:signType|version|reqTime|mchNo|appId|stopped|sign)/, 'Common fields, merchants and signatures'],
  [/^U /, 'Texts of pay orders, required fields and their words'],
  [/^\/api\/pay\/query/, 'Queries of pay orders'],
  [/^\/api\/pay\/close/, 'Closing'],
  [/^\/api\/transfer\/query/, 'Queries of transfers'],
  [/^\/api\/refund\/query/, 'Queries of refunds'],
  [/^T /, 'Transfers: required fields, amounts, channels'],
  [/^R /, 'Refunds: required fields, amounts, orders'],
];

/** Flows of test/fixtures/server-flows.json. */
export const RECORDED_FLOWS: Readonly<Record<string, string>> = {
  waiting:
    'Queries by either number, duplicates whatever their spelling, a close that the channel cannot carry out, payment',
  closed: 'Closing in state 0, and a payment after it: the query stays at 6, the notify says 2',
  paid: 'Payment said twice, failure said after it, close and duplicate of a paid order',
  'up-paid': 'A channel that is paid at once: bar codes end in state 2, other ways wait',
  'up-declined': 'A channel that declines: state 3 with errCode 0 and errMsg SUCCESS',
  'up-fail': 'A channel that refuses: state 3 with its code and words',
  'up-e500': 'A channel that answers HTTP 500: state 3 without a reason',
  'up-garbage': 'A channel that answers no JSON: state 3 without a reason',
  concurrent: 'Twelve creates of one number at once: one succeeds',
  refund: 'Refunds: one at a time, partial and full, the words of each refusal',
  returnUrl: 'A returnUrl with a query',
  returnUrl2: 'A returnUrl with a query without =',
  returnUrl3: 'A returnUrl with a fragment',
  returnUrl4: 'A plain returnUrl',
  expiry: 'A payment after the time was up, and a close',
};

/** Recorded with words rather than bytes (protocol §10), or kept by other specs. */
export const RECORDED_OTHERWISE: readonly (readonly [behaviour: string, spec: string])[] = [
  [
    'Notify attempts at 0, 30, 90, 180, 300 and 450 s; with the other broker at 0, 30, 90, 210, 330 and 510 s',
    'test/sandbox/platform.spec.ts',
  ],
  [
    'A receiver that hangs costs 20 s of the gateway’s clock, and gaps count from the end of an attempt',
    'test/sandbox/platform.spec.ts',
  ],
  ['A receiver that resets the connection gets the notify twice at once', 'test/sandbox/notify.spec.ts'],
  ['What counts as an acknowledgement', 'test/sandbox/judge-response.spec.ts'],
  ['Orders close at the full minute after their time is up', 'test/sandbox/platform.spec.ts'],
  ['Neither failure nor closing is announced', 'test/sandbox/platform.spec.ts'],
];

/** The spec that holds what Pass2Pay’s documents state otherwise than the platform does it, by the words of the difference. */
export const STATED: readonly (readonly [beginning: string, spec: string])[] = [
  ['cashierOrder makes', 'test/sandbox/orders.spec.ts'],
  ['cryptoOrder makes', 'test/sandbox/orders.spec.ts'],
  ['There are fields of the payer', 'test/sandbox/refusals.spec.ts'],
  ['The endpoints that create something', 'test/sandbox/refusals.spec.ts'],
  ['custNo, registerTime and clientIp are required', 'test/sandbox/refusals.spec.ts'],
  ['There are the ways of paying', 'test/sandbox/refusals.spec.ts'],
  ['ALI_WAP answers', 'test/sandbox/orders.spec.ts'],
  ['The end of an order is announced', 'test/sandbox/notify.spec.ts'],
  ['A transfer goes to a bank card', 'test/sandbox/refusals.spec.ts'],
  ['Every response has a traceId', 'test/sandbox/refusals.spec.ts'],
  ['The query of a cashier order has payUrl', 'test/sandbox/orders.spec.ts'],
  ['There is no close', 'test/sandbox/platform.spec.ts'],
];

/** What nobody has seen and no page says. */
export const ASSUMED: readonly (readonly [behaviour: string, why: string, spec: string])[] = [
  [
    'Pass2Pay does everything else as the platform does',
    'its documents and demo have the platform’s fields, words and states',
    'test/sandbox/recordings/transcripts.spec.ts',
  ],
  [
    'The words for a missing custNo, registerTime, clientIp and chain, and for a version below 1.1',
    'no page gives them; they are checked after the signature',
    'test/sandbox/refusals.spec.ts',
  ],
  [
    'A cashier order without subject and body has 商品 and 0 in queries and notifies',
    'the fixed values of unifiedOrder; the notify’s table demands both',
    'test/sandbox/orders.spec.ts',
  ],
  [
    'Pass2Pay announces an order that failed as it was made',
    'its page says that failures are announced',
    'test/sandbox/faults.spec.ts',
  ],
  [
    'Notifies in JSON have amounts, state and times as numbers',
    'a merchant’s code reads JSON; which members are numbers was not seen',
    'test/sandbox/notify.spec.ts',
  ],
  [
    'What division and channelUserId answer where there is no channel',
    'read in the platform’s source, not recorded',
    'test/sandbox/platform.spec.ts',
  ],
  [
    'payDataType of UnionPay, PayPal and ALI_OC',
    'read in the platform’s source; the recorded app was not opened for them',
    'test/sandbox/recordings/transcripts.spec.ts',
  ],
  [
    'A transfer that the channel leaves open stays in state 0 with errMsg',
    'read in the platform’s source',
    'test/sandbox/faults.spec.ts',
  ],
];
