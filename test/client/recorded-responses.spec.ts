import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Pass2PayApiError,
  Pass2PayConnectionError,
  Pass2PayError,
  Pass2PayOutcomeUnknownError,
} from '../../lib/errors/pass2pay.errors.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/index.js';
import { CreatedPayment } from '../../lib/payments/created-payment.dto.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import type { OrderRef } from '../../lib/payments/payment-query.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { minorUnits, orderNumber } from '../../lib/validation/checks.js';
import { startServer, type FakeServer } from '../support/fake-server.js';
import { RECORDED_MERCHANT, type RecordedAnswer } from '../support/recordings.js';
import { type Exchange, FLOW_STEPS, TRANSCRIPTS } from './support/exchanges.js';

interface Envelope {
  code?: number;
  msg?: string;
  data?: Record<string, unknown>;
}

/** A response, and what the client made of it. */
interface Outcome extends Exchange {
  envelope: Envelope;
  value?: object;
  error?: unknown;
  /** How many requests the call sent. */
  requests: number;
}

const CREATE = 'api/pay/unifiedOrder';
const QUERY = 'api/pay/query';

/** What Pass2Pay requires and the recorded requests lack. */
const PAYER = { registerTime: 1622016572190, custNo: 'C200492312', clientIp: '210.73.10.148' };
const RECEIVER = { custNo: 'C200492312', clientIp: '210.73.10.148', accountNo: '6222020200112233445' };

const NOT_FOUND = TRANSCRIPTS.find(({ name }) => name === '/api/pay/query mchOrderNo unknown')!.answer;

const { mchNo, appId, secret } = RECORDED_MERCHANT;

let gateway: FakeServer;
let client: Pass2PayClient;
/** The gateway's next responses; after them it knows no order. */
let answers: RecordedAnswer[] = [];
const outcomes: Outcome[] = [];

beforeAll(async () => {
  gateway = await startServer((_request, response) => {
    const { status, contentType, body } = answers.shift() ?? NOT_FOUND;
    response.writeHead(status, contentType === undefined ? {} : { 'Content-Type': contentType }).end(body);
  });
  client = new Pass2PayClient({
    baseUrl: gateway.url,
    merchants: [{ mchNo, appId, secrets: secret }],
    retries: 0,
    // More failures in a row than are replayed.
    circuitBreaker: { failures: 1_000, halfOpenAfterMs: 10_000 },
  });
  for (const exchange of TRANSCRIPTS) outcomes.push(await replay(exchange));
  for (const [index, step] of FLOW_STEPS.entries()) outcomes.push(await replay(step, queryBefore(index)));
});
afterAll(async () => {
  await client.close();
  await gateway.close();
});

async function replay(exchange: Exchange, queried?: RecordedAnswer): Promise<Outcome> {
  const envelope = envelopeOf(exchange.answer);
  answers = queried === undefined ? [exchange.answer] : [exchange.answer, queried];
  const before = gateway.requests.length;
  const result = await call(exchange, envelope.data).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  expect(gateway.requests[before]?.path).toBe(`/${exchange.path}`);
  return { ...exchange, envelope, ...result, requests: gateway.requests.length - before };
}

/** What the gateway answered last about the number of this step, whose case and spaces it ignores. */
function queryBefore(index: number): RecordedAnswer | undefined {
  const folded = (number: unknown) => String(number).trim().toLowerCase();
  const about = folded(FLOW_STEPS[index]!.sent.mchOrderNo);
  return FLOW_STEPS.slice(0, index).findLast(({ path, answer }) => {
    return path === QUERY && folded(envelopeOf(answer).data?.mchOrderNo) === about;
  })?.answer;
}

function envelopeOf({ body }: RecordedAnswer): Envelope {
  return body === '' ? {} : (JSON.parse(body) as Envelope);
}

/** The call that the response is fed to, about the order that it is about. */
async function call({ path, sent }: Exchange, data: Envelope['data']): Promise<object> {
  const mchOrderNo = [sent.mchOrderNo, data?.mchOrderNo].find((number) => typeof number === 'string') ?? 'O1';
  if (orderNumber(mchOrderNo) === undefined) {
    const amount = minorUnits(sent.amount) === undefined ? Number(sent.amount) : 100;
    switch (path) {
      case CREATE:
        return client.payments.createOrder({ ...PAYER, mchOrderNo, wayCode: 'ALI_QR', amount });
      case 'api/transferOrder':
        return client.transfers.createTransfer({ ...RECEIVER, mchOrderNo, amount: 100 });
    }
  }
  switch (path) {
    case QUERY:
      // Some were about both numbers.
      return client.payments.queryOrder((sent.payOrderId ? sent : { mchOrderNo }) as OrderRef);
    case 'api/transfer/query':
      return client.transfers.queryTransfer({ mchOrderNo });
    default:
      return client.gateway.call({ path, version: '1.0' }, { mchOrderNo });
  }
}

/** Every outcome with a response that is read as data. */
const successful = () => outcomes.filter(({ envelope }) => envelope.data !== undefined);
const refused = () => outcomes.filter(({ envelope: { code = 0 } }) => code !== 0);
const namesOf = (of: readonly Outcome[]) => of.map(({ name }) => name);

describe('of the recorded responses', () => {
  it('each is a typed result or a typed error', () => {
    const tally: Record<string, number> = {};
    for (const { path, value, error } of outcomes) {
      const kind = `${path} ${(value ?? error)!.constructor.name}`;
      tally[kind] = (tally[kind] ?? 0) + 1;
    }
    expect(tally).toEqual({
      'api/pay/unifiedOrder CreatedPayment': 170,
      'api/pay/unifiedOrder Object': 1,
      'api/pay/unifiedOrder Pass2PayApiError': 136,
      'api/pay/unifiedOrder Pass2PayOrderConflictError': 2,
      // Methods that the server does not take there; the others may have been acted on.
      'api/pay/unifiedOrder Pass2PayConnectionError': 5,
      'api/pay/unifiedOrder Pass2PayOutcomeUnknownError': 1,
      'api/pay/query PaymentOrder': 25,
      'api/pay/query Pass2PayApiError': 43,
      'api/pay/query Pass2PayConnectionError': 2,
      'api/pay/query Pass2PayOrderConflictError': 2,
      'api/pay/close Object': 1,
      'api/pay/close Pass2PayApiError': 14,
      'api/pay/close Pass2PayConnectionError': 1,
      'api/transferOrder Pass2PayApiError': 18,
      'api/transferOrder Pass2PayConnectionError': 4,
      'api/transferOrder Pass2PayOutcomeUnknownError': 1,
      'api/transfer/query Pass2PayApiError': 9,
      'api/refund/refundOrder Object': 2,
      'api/refund/refundOrder Pass2PayApiError': 12,
      'api/refund/query Object': 2,
      'api/refund/query Pass2PayApiError': 8,
      // Paths that the server does not have, but for the last.
      ' Pass2PayConnectionError': 1,
      'api Pass2PayConnectionError': 1,
      'api/pay Pass2PayConnectionError': 1,
      'api//pay/unifiedOrder Pass2PayConnectionError': 1,
      'api/pay/nope Pass2PayConnectionError': 1,
      'api/pay/unifiedorder Pass2PayConnectionError': 1,
      'api/pay/unifiedOrder.json Pass2PayConnectionError': 1,
      'api/pay/unifiedOrder/ Pass2PayConnectionError': 1,
      'api/pay/%75nifiedOrder Pass2PayApiError': 1,
    });
    expect(outcomes.filter(({ error }) => error !== undefined && !(error instanceof Pass2PayError))).toEqual([]);
  });

  it('each create of an order gives out its state, payData and channel error, without a query', () => {
    const creates = successful().filter(({ value }) => value instanceof CreatedPayment);
    expect(creates).toHaveLength(167);
    for (const { name, envelope, value, requests } of creates) {
      const { orderState, payDataType, payData, ...data } = envelope.data!;
      expect({ name, requests, ...value }).toEqual({
        ...data,
        name,
        requests: 1,
        state: orderState,
        payDataType: payDataType === 'payurl' ? 'payUrl' : payDataType,
        payData: payData === '' ? undefined : payData,
        expiresAt: expect.any(Date),
        recovered: false,
      });
    }
  });

  it('the creates are of all states and pay data types that the server gave', () => {
    const kinds = new Map<string, number>();
    for (const { value } of successful()) {
      if (!(value instanceof CreatedPayment)) continue;
      const { state, payDataType, errCode } = value;
      const kind = [state, payDataType ?? '-', errCode ?? '-'].join(' ');
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    // State, payDataType, errCode.
    expect(Object.fromEntries(kinds)).toEqual({
      '0 codeImgUrl -': 1,
      '0 payUrl -': 5,
      '1 aliapp -': 1,
      '1 codeImgUrl -': 1,
      '1 codeUrl -': 109,
      '1 none -': 9,
      '1 payUrl -': 22,
      '1 wxapp -': 6,
      '2 none -': 1,
      // An upstream that failed, one whose signature was wrong, and one that refused.
      '3 - -': 6,
      '3 - 0': 3,
      '3 - 9999': 3,
    });
  });

  it('no order is recovered but one whose number was taken', () => {
    const recovered = outcomes.filter(({ value }) => value instanceof CreatedPayment && value.recovered);
    expect(namesOf(recovered)).toEqual([
      'waiting: create again',
      'closed: create same number',
      'paid: create same number',
    ]);
    for (const { value } of recovered) expect(value).not.toHaveProperty('payData');
  });

  it('each query gives out every field', () => {
    const queries = outcomes.filter(({ value }) => value instanceof PaymentOrder);
    for (const { name, envelope, value } of queries) expect({ name, ...value }).toEqual({ name, ...envelope.data });
  });

  it('B10: a query about an order of almost this number is an error that says for which the gateway answered', () => {
    const wrong = successful().filter(({ error }) => error !== undefined);
    expect(namesOf(wrong)).toEqual([
      'waiting: query both, mchOrderNo wrong',
      'waiting: query number upper-cased',
      'waiting: query number + space',
    ]);
    const [both, ...otherSpellings] = wrong;
    expect(both!.error).toMatchObject({ message: expect.stringContaining('is for a different order') });
    for (const { error, envelope } of otherSpellings) {
      expect(error).toMatchObject({
        code: 'PASS2PAY_ORDER_CONFLICT',
        message: expect.stringContaining(`its number is ${String(envelope.data!.mchOrderNo)}, and the gateway ignores`),
      });
    }
    for (const { error } of wrong) expect((error as Error).message).not.toContain('may have acted');
  });

  it('B11: a create whose upstream failed keeps its state 3, and is no error', () => {
    const failed = outcomes.filter(({ name }) => /^up-(e500|garbage): create/.test(name));
    expect(namesOf(failed)).toHaveLength(6);
    for (const { value, requests } of failed) {
      expect(value).toMatchObject({ state: 3, recovered: false });
      expect(value).not.toHaveProperty('errCode');
      expect(requests).toBe(1);
    }
  });

  it('each that no service reads is given out as it was signed', () => {
    const calls = successful().filter(({ value }) => value?.constructor === Object);
    expect(calls).toHaveLength(6);
    for (const { envelope, value } of calls) expect(value).toMatchObject({ data: envelope.data });
  });

  it('each refusal keeps the gateway’s code and words', () => {
    const byQuery = refused().filter(({ error }) => !(error instanceof Pass2PayApiError));
    expect(namesOf(byQuery)).toEqual([
      'waiting: create again',
      'waiting: create lower-cased',
      'waiting: create again other amount',
      'closed: create same number',
      'paid: create same number',
    ]);
    for (const { name, envelope, value, error } of refused()) {
      if (value !== undefined) continue;
      const { gatewayCode, gatewayMessage } = (
        error instanceof Pass2PayApiError ? error : (error as Error).cause
      ) as Pass2PayApiError;
      expect({ name, code: gatewayCode, msg: gatewayMessage }).toEqual({
        name,
        code: envelope.code,
        // One of them holds a control character.
        msg: envelope.msg!.replace('\u001a', '?'),
      });
    }
  });

  it('a refusal that the server may have stored an order before is one only after a query', () => {
    const within = refused().filter(({ path, envelope }) => path === CREATE && envelope.msg!.startsWith('系统异常'));
    expect(within).toHaveLength(29);
    // A number that this client refuses is sent without a service.
    for (const { name, requests } of within) {
      expect({ name, requests }).toEqual({ name, requests: /mchOrderNo of/.test(name) ? 1 : 2 });
    }
  });

  it('B12: an empty body and an HTTP error are bad responses; only a missing path or method proves that nothing was done', () => {
    const bad = outcomes.filter(({ answer }) => answer.body === '' || answer.status !== 200);
    expect(bad).toHaveLength(21);
    for (const { name, path, error, answer } of bad) {
      const isUnknown = error instanceof Pass2PayOutcomeUnknownError;
      const { code, httpStatus, requestSent, mayHaveActed } = (
        isUnknown ? error.cause : error
      ) as Pass2PayConnectionError;
      const isProof = answer.status === 404 || answer.status === 405;
      expect({ name, code, httpStatus, requestSent, mayHaveActed }).toEqual({
        name,
        code: 'PASS2PAY_BAD_RESPONSE',
        requestSent: true,
        httpStatus: answer.status,
        mayHaveActed: !isProof && path !== QUERY,
      });
      expect({ name, isUnknown: isUnknown && isProof }).toEqual({ name, isUnknown: false });
    }
  });
});

describe('the amount of a queried order', () => {
  const recorded = FLOW_STEPS.find(({ name }) => name === 'waiting: query by mchOrderNo')!;
  const { data } = envelopeOf(recorded.answer);

  function queried(amount: string): Promise<PaymentOrder> {
    const signature = sign({ ...data, amount }, secret);
    const text = JSON.stringify({ ...data, amount: 0 }).replace('"amount":0', `"amount":${amount}`);
    answers = [{ ...recorded.answer, body: `{"code":0,"data":${text},"msg":"SUCCESS","sign":"${signature}"}` }];
    return client.payments.queryOrder({ mchOrderNo: String(data!.mchOrderNo) });
  }

  it('is exact up to 2^53−1', async () => {
    expect((await queried('9007199254740991')).amount).toBe(9_007_199_254_740_991);
  });

  it.each(['9007199254740992', '9007199254740993', '9223372036854775807'])(
    'is an error where no number holds it exactly: %s',
    async (amount) => {
      await expect(queried(amount)).rejects.toMatchObject({
        code: 'PASS2PAY_BAD_RESPONSE',
        message: expect.stringContaining(`has ${amount} as amount`),
      });
    },
  );
});
