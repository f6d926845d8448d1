import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { IdempotentCreate, type Creation } from '../../lib/client/idempotent-create.js';
import { Retries } from '../../lib/client/policies/retry.js';
import { abortedError } from '../../lib/client/transport-error.js';
import {
  Pass2PayCircuitOpenError,
  Pass2PayConnectionError,
  Pass2PayOrderConflictError,
  Pass2PayOutcomeUnknownError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
  Pass2PayValidationError,
} from '../../lib/errors/pass2pay.errors.js';
import { refusal } from './support/calls.js';
import { RecordedSpans } from './support/recorded-spans.js';

interface Order {
  amount: number;
}

type Step = Error | Order | (() => Promise<Order>);

interface Script extends Partial<Pick<Creation<string, Order>, 'known' | 'signal' | 'recover'>> {
  /** What each send gives; the last one also stands for all further ones. */
  sends?: Step[];
  /** The same of the queries. */
  finds?: Step[];
}

const MADE: Order = { amount: 100 };
const NOT_FOUND = refusal('订单不存在');
const REFUSED = refusal('验签失败');
const TAKEN = refusal('商户订单[O1]已存在');
const FAILED = refusal('系统异常');
const BUSY = new Pass2PayRateLimitError(1_000, 'gateway');
const LOST = new Pass2PayTimeoutError(10_000);
const connectionError = (
  code: 'PASS2PAY_CONNECTION' | 'PASS2PAY_BAD_RESPONSE',
  requestSent: boolean,
  mayHaveActed?: boolean,
) =>
  new Pass2PayConnectionError(code, 'no response', {
    requestSent,
    ...(mayHaveActed !== undefined && { mayHaveActed }),
  });
const NEVER_SENT = connectionError('PASS2PAY_CONNECTION', false);
const NO_PATH = connectionError('PASS2PAY_BAD_RESPONSE', true, false);
const RETRIES = 2;

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

/** Begins the create of O1 with an amount of 100. */
function begin({ sends = [], finds = [], known = 'nothing', signal, recover }: Script) {
  const steps: string[] = [];
  const signals = new Set<AbortSignal | undefined>();
  const play = (name: string, script: Step[]) => async (given: AbortSignal | undefined) => {
    const step = script[Math.min(steps.filter((one) => one === name).length, script.length - 1)];
    steps.push(name);
    signals.add(given);
    if (step === undefined) throw new Error(`an unexpected ${name}`);
    if (step instanceof Error) throw step;
    return typeof step === 'function' ? step() : step;
  };
  const send = play('send', sends);
  const ended = new IdempotentCreate(new Retries({ retries: RETRIES, maxRetryDelayMs: 5_000 }))
    .create<string, Order>({
      mchOrderNo: 'O1',
      signal,
      known,
      send: async (given) => `created with ${(await send(given)).amount}`,
      find: play('find', finds),
      differences: ({ amount }) => (amount === 100 ? [] : [`amount is ${amount}, not 100`]),
      recover: recover ?? (({ amount }) => `found with ${amount}`),
    })
    .catch((error: unknown) => error);
  return { steps, signals, ended };
}

/** What the create of O1 gives, and the requests that it makes. */
async function create(script: Script): Promise<{ result: unknown; steps: string }> {
  const { steps, ended } = begin(script);
  await clock.runAllAsync();
  return { result: await ended, steps: steps.join(', ') };
}

/** The error of a create that was aborted when its order may have been made. */
const ABORTED_UNKNOWN = expect.objectContaining({
  code: 'PASS2PAY_OUTCOME_UNKNOWN',
  mchOrderNo: 'O1',
  cause: expect.objectContaining({ code: 'PASS2PAY_ABORTED' }),
});

async function expectSame(script: Script, error: unknown, requests: string): Promise<void> {
  const { result, steps } = await create(script);
  expect(result).toBe(error);
  expect(steps).toBe(requests);
}

async function expectUnknown(script: Script, cause: unknown, requests: string): Promise<void> {
  const { result, steps } = await create(script);
  expect(result).toBeInstanceOf(Pass2PayOutcomeUnknownError);
  expect(result).toMatchObject({ mchOrderNo: 'O1' });
  expect((result as Error).cause).toBe(cause);
  expect(steps).toBe(requests);
}

describe('the create of a new order', () => {
  it('is sent once and not queried if the gateway responds', async () => {
    expect(await create({ sends: [MADE] })).toEqual({ result: 'created with 100', steps: 'send' });
  });

  it.each([
    ['is refused before anything is stored', REFUSED],
    ['finds no such path at the gateway', NO_PATH],
    ['finds the circuit open', new Pass2PayCircuitOpenError(1_000)],
    ['has an invalid parameter', new Pass2PayValidationError([])],
    ['fails with an error that is not of this module', new TypeError('a bug')],
    ['is ended by the application before it is sent', abortedError(AbortSignal.abort(), false, {})],
    ['loses its connection, and certainly did nothing', connectionError('PASS2PAY_CONNECTION', true, false)],
  ])('fails without a query or a second request if it %s', async (_what, error) => {
    await expectSame({ sends: [error] }, error, 'send');
  });

  it.each([
    ['the gateway could not be reached', NEVER_SENT],
    ['the rate limit refused it', BUSY],
  ])('is sent again without a query if %s', async (_what, error) => {
    expect(await create({ sends: [error, MADE] })).toEqual({ result: 'created with 100', steps: 'send, send' });
    await expectSame({ sends: [error] }, error, 'send, send, send');
  });

  it.each([
    ['no response arrives in time', LOST],
    ['the response’s signature is invalid', new Pass2PaySignatureError('invalid')],
    ['the connection is lost', connectionError('PASS2PAY_CONNECTION', true)],
    ['the response is unreadable', connectionError('PASS2PAY_BAD_RESPONSE', true)],
    ['the number is taken', TAKEN],
  ])('is queried if %s, and sent again only if it does not exist', async (_what, error) => {
    expect(await create({ sends: [error], finds: [MADE] })).toEqual({ result: 'found with 100', steps: 'send, find' });
    expect(await create({ sends: [error, MADE], finds: [NOT_FOUND] })).toEqual({
      result: 'created with 100',
      steps: 'send, find, send',
    });
    await expectUnknown({ sends: [error], finds: [NOT_FOUND] }, error, 'send, find, send, find, send, find');
  });

  it('returns the refusal of a gateway that failed internally and stored nothing', async () => {
    await expectSame({ sends: [FAILED], finds: [NOT_FOUND] }, FAILED, 'send, find');
    expect(await create({ sends: [FAILED], finds: [MADE] })).toEqual({ result: 'found with 100', steps: 'send, find' });
  });

  it.each([
    ['refused', REFUSED],
    ['refused because of an internal failure', FAILED],
    ['limited', BUSY],
    ['not sent', NEVER_SENT],
  ])('has an unknown outcome if its first response was lost and each repetition is %s', async (_what, error) => {
    await expectUnknown({ sends: [LOST, error], finds: [NOT_FOUND] }, error, 'send, find, send, find, send, find');
  });

  it('is found although its repetition is refused, if its first request arrives late', async () => {
    expect(await create({ sends: [LOST, REFUSED], finds: [NOT_FOUND, MADE] })).toEqual({
      result: 'found with 100',
      steps: 'send, find, send, find',
    });
  });
});

describe('the query of a create whose response was lost', () => {
  it.each([
    ['fails', new Pass2PayTimeoutError(5)],
    ['is refused for another reason', REFUSED],
    ['says that the order does not exist, but not as the gateway does', new Error('订单不存在')],
  ])('leaves the outcome unknown if it %s, and nothing is sent again', async (_what, error) => {
    await expectUnknown({ sends: [LOST], finds: [error] }, LOST, 'send, find');
  });

  it('leaves the outcome unknown if its result lacks what the create would have returned', async () => {
    const missing = new Error('no payData');
    const recover = () => {
      throw missing;
    };
    await expectUnknown({ sends: [LOST], finds: [MADE], recover }, missing, 'send, find');
  });

  it.each<[string, Step, string]>([
    ['a different amount', { amount: 5 }, 'amount is 5, not 100'],
    [
      'a different spelling',
      new Pass2PayOrderConflictError(['its number is o1'], { mchOrderNo: 'o1' }),
      'its number is o1',
    ],
  ])('finds that the number belongs to another order with %s', async (_what, found, difference) => {
    const { result, steps } = await create({ sends: [LOST], finds: [found] });
    expect(result).toBeInstanceOf(Pass2PayOrderConflictError);
    expect(result).toMatchObject({
      message: `Another order has the number O1: ${difference}. Use a different number for each order.`,
      mchOrderNo: 'O1',
      differences: [difference],
    });
    expect((result as Error).cause).toBe(LOST);
    expect(steps).toBe('send, find');
  });
});

describe('the create of a number that an earlier create may have used', () => {
  it('returns the existing order without sending it', async () => {
    const script: Script = { known: 'unknown', finds: [MADE] };
    expect(await create(script)).toEqual({ result: 'found with 100', steps: 'find' });
  });

  it('is sent if the order does not exist', async () => {
    const script: Script = { known: 'unknown', finds: [NOT_FOUND], sends: [MADE] };
    expect(await create(script)).toEqual({ result: 'created with 100', steps: 'find, send' });
  });

  it('has an unknown outcome if it is refused and the order is still not found', async () => {
    await expectUnknown(
      { known: 'unknown', finds: [NOT_FOUND], sends: [REFUSED] },
      REFUSED,
      'find, send, find, send, find, send, find',
    );
  });

  it('has an unknown outcome if the query fails, and is not sent', async () => {
    await expectUnknown({ known: 'unknown', finds: [LOST] }, LOST, 'find');
  });

  it('is not sent if the number belongs to another order', async () => {
    const { result, steps } = await create({ known: 'unknown', finds: [{ amount: 5 }] });
    expect(result).toBeInstanceOf(Pass2PayOrderConflictError);
    expect(steps).toBe('find');
  });
});

describe('the create of a number that is known to exist', () => {
  it('returns the existing order', async () => {
    const script: Script = { known: 'created', finds: [MADE] };
    expect(await create(script)).toEqual({ result: 'found with 100', steps: 'find' });
  });

  it('is never sent, even if the gateway does not find the order', async () => {
    await expectUnknown({ known: 'created', finds: [NOT_FOUND] }, undefined, 'find');
  });
});

describe('a create whose signal is aborted', () => {
  const never = () => new Promise<Order>(() => {});

  it('has an unknown outcome while its request is under way', async () => {
    const caller = new AbortController();
    const { ended, steps, signals } = begin({ sends: [never], signal: caller.signal });
    await clock.runAllAsync();
    caller.abort();
    expect(await ended).toEqual(ABORTED_UNKNOWN);
    expect(steps).toEqual(['send']);
    expect([...signals]).toEqual([caller.signal]);
  });

  it('was certainly not made if it waits after it was not sent', async () => {
    const caller = new AbortController();
    const { ended, steps } = begin({ sends: [BUSY], signal: caller.signal });
    await clock.tickAsync(999);
    caller.abort('the payer left');
    const error = (await ended) as Pass2PayConnectionError;
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_ABORTED',
      message: 'The call was aborted by its signal. The request was not sent.',
      cause: 'the payer left',
      mchOrderNo: 'O1',
      requestSent: false,
    });
    await clock.runAllAsync();
    expect(steps).toEqual(['send']);
  });

  it('has an unknown outcome if it waits after a lost response', async () => {
    const caller = new AbortController();
    const { ended, steps } = begin({ sends: [LOST], finds: [NOT_FOUND], signal: caller.signal });
    await clock.tickAsync(1);
    caller.abort();
    expect(await ended).toEqual(ABORTED_UNKNOWN);
    await clock.runAllAsync();
    expect(steps).toEqual(['send', 'find']);
  });

  it('has an unknown outcome while an order that may exist is queried', async () => {
    const caller = new AbortController();
    const { ended } = begin({ sends: [LOST], finds: [never], signal: caller.signal });
    await clock.runAllAsync();
    caller.abort();
    expect(await ended).toBeInstanceOf(Pass2PayOutcomeUnknownError);
  });

  it.each([
    ['the request was not sent', abortedError(AbortSignal.abort(), false, {})],
    ['the gateway refused it', REFUSED],
    ['the gateway has no such path', NO_PATH],
  ])('reports that %s, and is not sent again', async (_what, error) => {
    await expectSame({ sends: [error], signal: AbortSignal.abort() }, error, 'send');
  });
});

describe('the span of a create', () => {
  let spans: RecordedSpans;
  beforeAll(() => {
    spans = new RecordedSpans();
  });
  afterAll(() => spans.stop());

  it.each<[string, Script, string, number]>([
    ['made by its own request', { sends: [MADE] }, 'made', 0],
    ['made by its second request', { sends: [BUSY, MADE] }, 'made', 1],
    ['found after a lost response', { sends: [LOST], finds: [MADE] }, 'recovered', 0],
    ['found before it is sent', { known: 'created', finds: [MADE] }, 'recovered', 0],
  ])('records that the order was %s', async (_what, script, outcome, retries) => {
    await create(script);
    expect(spans.take()).toEqual([
      expect.objectContaining({
        'pass2pay.mch_order_no': 'O1',
        'pass2pay.outcome': outcome,
        'pass2pay.retries': retries,
      }),
    ]);
  });
});
