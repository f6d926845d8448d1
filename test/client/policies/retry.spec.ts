import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { Retries } from '../../../lib/client/policies/retry.js';
import { abortedError } from '../../../lib/client/transport-error.js';
import {
  Pass2PayCircuitOpenError,
  Pass2PayConnectionError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
  Pass2PayValidationError,
} from '../../../lib/errors/pass2pay.errors.js';
import { ENDPOINTS } from '../../../lib/protocol/endpoints.js';
import { callOf, refusal, RESPONSE } from '../support/calls.js';
import { rejectionOf } from '../support/failure-of.js';

const LOST = new Pass2PayTimeoutError(10_000);
const limited = (retryAfterMs: number | undefined) => new Pass2PayRateLimitError(retryAfterMs, 'gateway');

let clock: Clock;
/** The times of the attempts, in ms since the start. */
let attempts: number[];
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  attempts = [];
});
afterEach(() => {
  jest.restoreAllMocks();
  clock.uninstall();
});

/** The random part of each delay, from 0 to 1. */
const fixRandom = (value: number) => jest.spyOn(Math, 'random').mockReturnValue(value);

/** Fails each time with this error. */
const failing = (error: unknown) => async (): Promise<never> => {
  attempts.push(clock.now);
  throw error;
};

interface Given {
  retries?: number;
  maxRetryDelayMs?: number;
  signal?: AbortSignal;
  isWorthIt?: (error: unknown) => boolean;
}

function run<T>(action: () => Promise<T>, given: Given = {}): Promise<unknown> {
  const { retries = 2, maxRetryDelayMs = 5_000, signal, isWorthIt = () => true } = given;
  return new Retries({ retries, maxRetryDelayMs })
    .run(action, isWorthIt, { signal, order: { mchOrderNo: 'O1' } })
    .catch((error: unknown) => error);
}

async function allOf<T>(action: () => Promise<T>, given?: Given): Promise<unknown> {
  const ended = run(action, given);
  await clock.runAllAsync();
  return ended;
}

describe('retries', () => {
  it('are not made after a success', async () => {
    const succeed = async () => {
      attempts.push(clock.now);
      return 'done';
    };
    expect(await allOf(succeed)).toBe('done');
    expect(attempts).toEqual([0]);
  });

  it('end with the first success', async () => {
    fixRandom(1);
    const succeedSecond = async () => (attempts.length === 0 ? failing(LOST)() : 'done');
    expect(await allOf(succeedSecond)).toBe('done');
    expect(clock.now).toBe(250);
  });

  it.each([
    [1, [0, 250, 750, 1_750, 2_750]],
    [0, [0, 125, 375, 875, 1_375]],
  ])('wait twice as long each time up to the maximum, of which half is random (%s)', async (random, times) => {
    fixRandom(random);
    expect(await allOf(failing(LOST), { retries: 4, maxRetryDelayMs: 1_000 })).toBe(LOST);
    expect(attempts).toEqual(times);
  });

  it('are made as often as the options allow, and then the last error is thrown', async () => {
    expect(await allOf(failing(LOST), { retries: 0 })).toBe(LOST);
    expect(attempts).toHaveLength(1);
    expect(await allOf(failing(LOST), { retries: 1 })).toBe(LOST);
    expect(attempts).toHaveLength(3);
  });

  it('are not made for an error that is not worth it', async () => {
    const asked: unknown[] = [];
    const isWorthIt = (error: unknown) => asked.push(error) > 1;
    expect(await allOf(failing(LOST), { isWorthIt })).toBe(LOST);
    expect(attempts).toHaveLength(1);
    expect(asked).toEqual([LOST]);
  });
});

describe('the wait that the gateway asks for', () => {
  it.each<[string, unknown, number]>([
    ['a rate limit', limited(700), 700],
    [
      'a rate limit that caused the error',
      new Error('outer', { cause: new Error('inner', { cause: limited(700) }) }),
      700,
    ],
    ['the longest wait that the options allow', limited(1_000), 1_000],
    ['no wait at all', limited(0), 0],
  ])('is kept exactly: %s', async (_what, error, waitMs) => {
    await allOf(failing(error), { retries: 1, maxRetryDelayMs: 1_000 });
    expect(attempts).toEqual([0, waitMs]);
  });

  it('is left to the caller if it is longer than the options allow', async () => {
    const error = limited(1_001);
    expect(await allOf(failing(error), { maxRetryDelayMs: 1_000 })).toBe(error);
    expect(attempts).toEqual([0]);
  });

  it('is that of any other failure if the gateway does not say how long', async () => {
    fixRandom(1);
    await allOf(failing(limited(undefined)), { retries: 1 });
    expect(attempts).toEqual([0, 250]);
  });

  it('is not looked for in an error that is not an Error', async () => {
    fixRandom(1);
    await allOf(failing({ cause: limited(1) }), { retries: 1 });
    expect(attempts).toEqual([0, 250]);
    expect(await allOf(failing(undefined), { retries: 0 })).toBeUndefined();
  });
});

describe('retries whose signal is aborted', () => {
  it('end at once while they wait, and leave no timer', async () => {
    const caller = new AbortController();
    const ended = run(failing(LOST), { signal: caller.signal });
    await clock.tickAsync(1);
    caller.abort('the payer left');
    expect(await ended).toMatchObject({ code: 'PASS2PAY_ABORTED', mchOrderNo: 'O1', cause: 'the payer left' });
    expect(clock.countTimers()).toBe(0);
    expect(attempts).toHaveLength(1);
  });

  it('end at once during an attempt', async () => {
    const caller = new AbortController();
    const ended = run(() => new Promise(() => {}), { signal: caller.signal });
    caller.abort();
    expect(await ended).toMatchObject({ code: 'PASS2PAY_ABORTED' });
  });

  it('are not made after an attempt that failed later', async () => {
    expect(await allOf(failing(LOST), { signal: AbortSignal.abort() })).toBe(LOST);
    expect(attempts).toHaveLength(1);
  });
});

describe('the policy', () => {
  async function attemptsOf(error: unknown, endpoint = 'query' as keyof typeof ENDPOINTS): Promise<number> {
    const { policy } = new Retries({ retries: 2, maxRetryDelayMs: 5_000 });
    const ended = rejectionOf(policy(failing(error))(callOf({ endpoint: ENDPOINTS[endpoint] })));
    await clock.runAllAsync();
    expect(await ended).toBe(error);
    return attempts.length;
  }

  it.each([
    ['timeouts', LOST],
    ['lost connections', new Pass2PayConnectionError('PASS2PAY_CONNECTION', 'lost', { requestSent: true })],
    ['invalid signatures', new Pass2PaySignatureError('invalid')],
    ['rate limits', limited(10)],
    ['internal failures of the gateway', refusal('系统异常')],
    ['failures of the gateway’s database', refusal('数据库服务异常:1')],
  ])('retries queries after %s', async (_what, error) => {
    expect(await attemptsOf(error)).toBe(3);
  });

  it.each([
    ['refusals', refusal('订单不存在')],
    ['refusals that only mention an internal failure', refusal('订单:系统异常')],
    ['an open circuit breaker', new Pass2PayCircuitOpenError(1)],
    ['invalid parameters', new Pass2PayValidationError([])],
    ['calls that their callers aborted', abortedError(AbortSignal.abort(), true, {})],
    ['errors that are not of this module', Object.assign(new Error('a bug'), { retryable: true })],
  ])('does not retry queries after %s', async (_what, error) => {
    expect(await attemptsOf(error)).toBe(1);
  });

  it.each(['cashierOrder', 'transferOrder'] as const)('never retries a create (%s)', async (endpoint) => {
    expect(await attemptsOf(LOST, endpoint)).toBe(1);
  });

  it('passes on the call and returns the response', async () => {
    const { policy } = new Retries({ retries: 2, maxRetryDelayMs: 5_000 });
    for (const endpoint of [ENDPOINTS.query, ENDPOINTS.cashierOrder]) {
      const call = callOf({ endpoint });
      const handle = policy(async (given) => {
        expect(given).toBe(call);
        return RESPONSE;
      });
      expect(await handle(call)).toBe(RESPONSE);
    }
  });

  it('ends with the call’s signal', async () => {
    const caller = new AbortController();
    const { policy } = new Retries({ retries: 2, maxRetryDelayMs: 5_000 });
    const ended = rejectionOf(policy(failing(LOST))(callOf({ endpoint: ENDPOINTS.query, signal: caller.signal })));
    await clock.tickAsync(1);
    caller.abort();
    expect(await ended).toMatchObject({ code: 'PASS2PAY_ABORTED', mchOrderNo: 'O1' });
  });
});
