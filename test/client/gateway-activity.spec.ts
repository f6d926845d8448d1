import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { GatewayActivity } from '../../lib/client/gateway-activity.js';
import { abortedError } from '../../lib/client/transport-error.js';
import {
  Pass2PayCircuitOpenError,
  Pass2PayConnectionError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
} from '../../lib/errors/pass2pay.errors.js';
import { refusal } from './support/calls.js';
import { rejectionOf } from './support/failure-of.js';

const NOW = 1_700_000_000_000;

let clock: Clock;
let activity: GatewayActivity;
beforeEach(() => {
  clock = FakeTimers.install({ now: NOW, toFake: ['Date'] });
  activity = new GatewayActivity();
});
afterEach(() => clock.uninstall());

const fail = async (error: unknown) => {
  clock.tick(5);
  const request = async () => {
    throw error;
  };
  expect(await rejectionOf(activity.watch(request))).toBe(error);
};

describe('the activity of the gateway', () => {
  it('is unknown before the first request', () => {
    expect([activity.lastResponseAt, activity.lastFailure]).toEqual([undefined, undefined]);
  });

  it('has the time of the last response', async () => {
    expect(
      await activity.watch(async () => {
        clock.tick(5);
        return 'response';
      }),
    ).toBe('response');
    expect(activity.lastResponseAt).toBe(NOW + 5);
    expect(activity.lastFailure).toBeUndefined();
  });

  it('counts a refusal as a response', async () => {
    await fail(refusal('验签失败'));
    expect(activity.lastResponseAt).toBe(NOW + 5);
    expect(activity.lastFailure).toBeUndefined();
  });

  it.each([
    ['PASS2PAY_TIMEOUT', new Pass2PayTimeoutError(1)],
    ['PASS2PAY_CONNECTION', new Pass2PayConnectionError('PASS2PAY_CONNECTION', 'lost', { requestSent: true })],
    ['PASS2PAY_SIGNATURE', new Pass2PaySignatureError('invalid')],
  ])('has the time and the code of the last failure (%s)', async (code, error) => {
    await fail(error);
    expect(activity.lastFailure).toEqual({ at: NOW + 5, code });
    expect(activity.lastResponseAt).toBeUndefined();
  });

  it.each([
    ['was not sent because the circuit was open', new Pass2PayCircuitOpenError(1)],
    ['was not sent because of a rate limit', new Pass2PayRateLimitError(1, 'options')],
    ['was aborted by its caller', abortedError(AbortSignal.abort(), true, {})],
    ['ended with an error that is not of this module', new TypeError('a bug')],
  ])('does not change because of a request that %s', async (_what, error) => {
    await fail(error);
    expect([activity.lastResponseAt, activity.lastFailure]).toEqual([undefined, undefined]);
  });
});
