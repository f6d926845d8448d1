import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { Call, GatewayResponse } from '../../../lib/client/call.js';
import { timeout } from '../../../lib/client/policies/timeout.js';
import { Pass2PayConnectionError, Pass2PayTimeoutError } from '../../../lib/errors/pass2pay.errors.js';
import { listenersOf } from '../support/abort-listeners.js';
import { callOf, refusal, RESPONSE } from '../support/calls.js';
import { rejectionOf } from '../support/failure-of.js';

const TIMEOUT_MS = 1_000;

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

const send = async (next: (call: Call) => Promise<GatewayResponse>, changes: Partial<Call> = {}) =>
  timeout({ timeoutMs: TIMEOUT_MS })(next)(callOf(changes));

/** A request without a response; its attempt counts how often it was aborted. */
function unanswered(signal?: AbortSignal) {
  let aborted = 0;
  const failure = rejectionOf(
    send(
      ({ attempt }) => {
        attempt!.whenEnded(() => (aborted += 1));
        return new Promise(() => {});
      },
      { signal },
    ),
  );
  return { failure, aborted: () => aborted };
}

describe('the timeout of a request', () => {
  it('returns the response, gives each request its own attempt, and leaves no timer', async () => {
    const { signal } = new AbortController();
    const call = callOf({ signal });
    const attempts = new Set([call.attempt]);
    const next = async (given: Call) => {
      expect(given).toEqual({ ...call, attempt: given.attempt });
      attempts.add(given.attempt);
      return RESPONSE;
    };
    expect(await send(next, call)).toBe(RESPONSE);
    expect(await send(next, call)).toBe(RESPONSE);
    expect(attempts.size).toBe(3);
    expect(clock.countTimers()).toBe(0);
    expect(listenersOf(signal)).toBe(0);
  });

  it('throws the error of a failed request, and leaves no timer', async () => {
    const { signal } = new AbortController();
    const refused = refusal('验签失败');
    expect(await rejectionOf(send(() => Promise.reject(refused), { signal }))).toBe(refused);
    expect(clock.countTimers()).toBe(0);
    expect(listenersOf(signal)).toBe(0);
  });

  it('ends a request that takes too long, and aborts it', async () => {
    const { failure, aborted } = unanswered();
    await clock.tickAsync(TIMEOUT_MS - 1);
    expect(aborted()).toBe(0);
    await clock.tickAsync(1);
    const error = await failure;
    expect(error).toBeInstanceOf(Pass2PayTimeoutError);
    expect(error).toMatchObject({ timeoutMs: TIMEOUT_MS, mchOrderNo: 'O1' });
    expect(aborted()).toBe(1);
  });

  it('ends with the signal: the request is aborted, and may have been sent', async () => {
    const caller = new AbortController();
    const { failure, aborted } = unanswered(caller.signal);
    caller.abort('the payer left');
    const error = await failure;
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_ABORTED',
      requestSent: true,
      cause: 'the payer left',
      mchOrderNo: 'O1',
    });
    expect(aborted()).toBe(1);
    expect(clock.countTimers()).toBe(0);
    expect(listenersOf(caller.signal)).toBe(0);
  });

  it('does not send a request whose signal was aborted before', async () => {
    let sent = 0;
    const next = async () => {
      sent += 1;
      return RESPONSE;
    };
    const error = await rejectionOf(send(next, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'PASS2PAY_ABORTED', requestSent: false, mchOrderNo: 'O1' });
    expect(sent).toBe(0);
  });
});
