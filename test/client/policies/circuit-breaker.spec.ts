import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { CircuitBreaker } from '../../../lib/client/policies/circuit-breaker.js';
import { abortedError } from '../../../lib/client/transport-error.js';
import {
  Pass2PayCircuitOpenError,
  Pass2PayConnectionError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
} from '../../../lib/errors/pass2pay.errors.js';
import { callOf, refusal, RESPONSE } from '../support/calls.js';
import { rejectionOf } from '../support/failure-of.js';

const HALF_OPEN_AFTER_MS = 1_000;
const TIMEOUT = new Pass2PayTimeoutError(10_000);
const badResponse = (httpStatus?: number) =>
  new Pass2PayConnectionError('PASS2PAY_BAD_RESPONSE', `status ${httpStatus}`, {
    requestSent: true,
    ...(httpStatus !== undefined && { httpStatus }),
  });

let clock: Clock;
let breaker: CircuitBreaker;
let sent: number;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['Date'] });
  breaker = new CircuitBreaker({ circuitBreaker: { failures: 2, halfOpenAfterMs: HALF_OPEN_AFTER_MS } });
  sent = 0;
});
afterEach(() => clock.uninstall());

/** A call that ends so; without an error, with a response. */
const call = async (error?: unknown) =>
  breaker.policy(async () => {
    sent += 1;
    if (error !== undefined) throw error;
    return RESPONSE;
  })(callOf());

async function fail(...errors: unknown[]): Promise<void> {
  for (const error of errors) expect(await rejectionOf(call(error))).toBe(error);
}

describe('the circuit breaker', () => {
  it('is closed at first, and returns responses', async () => {
    expect(await call()).toBe(RESPONSE);
    expect(breaker.state).toBe('closed');
  });

  it.each([
    ['timeouts', TIMEOUT],
    ['lost connections', new Pass2PayConnectionError('PASS2PAY_CONNECTION', 'lost', { requestSent: true })],
    ['HTTP status 500', badResponse(500)],
    ['HTTP status 503', badResponse(503)],
  ])('opens after as many consecutive failures as configured, such as %s', async (_what, outage) => {
    await fail(outage);
    expect(breaker.state).toBe('closed');
    await fail(outage);
    expect(breaker.state).toBe('open');
  });

  it('sends nothing while it is open, and reports how long to wait', async () => {
    await fail(TIMEOUT, TIMEOUT);
    const error = await rejectionOf(call());
    expect(error).toBeInstanceOf(Pass2PayCircuitOpenError);
    expect(error).toMatchObject({ retryAfterMs: HALF_OPEN_AFTER_MS, mchOrderNo: 'O1' });
    expect(sent).toBe(2);
  });

  it.each([
    ['a response', undefined],
    ['a refusal', refusal('验签失败')],
    ['a response with an invalid signature', new Pass2PaySignatureError('invalid')],
    ['an unreadable response with HTTP status 299', badResponse(299)],
    ['an unreadable response', badResponse()],
  ])('starts to count again after %s', async (_what, error) => {
    await fail(TIMEOUT);
    if (error === undefined) await call();
    else await fail(error);
    await fail(TIMEOUT);
    expect(breaker.state).toBe('closed');
    await fail(TIMEOUT);
    expect(breaker.state).toBe('open');
  });

  it.each([
    ['a redirect', badResponse(300)],
    ['HTTP status 499', badResponse(499)],
    ['a call that its caller aborted', abortedError(AbortSignal.abort(), true, {})],
    ['a rate limit', new Pass2PayRateLimitError(undefined, 'gateway')],
    ['an error that is not of this module', new TypeError('a bug')],
  ])('neither opens nor starts to count again because of %s', async (_what, error) => {
    await fail(error, error, error);
    expect(breaker.state).toBe('closed');
    await fail(TIMEOUT, error, TIMEOUT);
    expect(breaker.state).toBe('open');
  });
});

describe('an open circuit breaker', () => {
  beforeEach(() => fail(TIMEOUT, TIMEOUT));

  it('lets one call through once its time has passed, and closes after a response', async () => {
    clock.tick(HALF_OPEN_AFTER_MS - 1);
    expect(await rejectionOf(call())).toBeInstanceOf(Pass2PayCircuitOpenError);
    clock.tick(1);
    let respond!: (response: typeof RESPONSE) => void;
    let trial!: Promise<unknown>;
    await new Promise<void>((sending) => {
      trial = breaker.policy(() => {
        sending();
        return new Promise((resolve) => (respond = resolve));
      })(callOf());
    });
    expect(breaker.state).toBe('half-open');
    respond(RESPONSE);
    expect(await trial).toBe(RESPONSE);
    expect(breaker.state).toBe('closed');
  });

  it('closes after a refusal, which the caller gets', async () => {
    clock.tick(HALF_OPEN_AFTER_MS);
    await fail(refusal('验签失败'));
    expect(breaker.state).toBe('closed');
  });

  it('opens again for the same time after one more failure', async () => {
    clock.tick(HALF_OPEN_AFTER_MS);
    await fail(TIMEOUT);
    expect(breaker.state).toBe('open');
    clock.tick(HALF_OPEN_AFTER_MS - 1);
    expect(await rejectionOf(call())).toBeInstanceOf(Pass2PayCircuitOpenError);
    clock.tick(1);
    expect(await call()).toBe(RESPONSE);
  });
});
