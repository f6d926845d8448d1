import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { Call } from '../../../lib/client/call.js';
import { RequestLimits } from '../../../lib/client/policies/rate-limit.js';
import { Pass2PayConnectionError, Pass2PayRateLimitError } from '../../../lib/errors/pass2pay.errors.js';
import { ENDPOINTS } from '../../../lib/protocol/endpoints.js';
import { MERCHANT } from '../../support/test-merchant.js';
import { callOf, RESPONSE } from '../support/calls.js';
import { rejectionOf } from '../support/failure-of.js';

const MINUTE = 60_000;
const OTHER = { mchNo: 'M2', appId: 'A2', secrets: MERCHANT.secrets };

let clock: Clock;
/** The times of the requests, in ms since the start. */
let sent: number[];
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  sent = [];
});
afterEach(() => clock.uninstall());

const limitsOf = (maxRetryDelayMs = MINUTE) =>
  new RequestLimits({ maxRetryDelayMs, requestsPerMinute: { cashierOrder: 2, query: 1 } });

const send = async (limits: RequestLimits, changes: Partial<Call> = {}) =>
  limits.policy(async () => {
    sent.push(clock.now);
    return RESPONSE;
  })(callOf(changes));

describe('the rate limit of the options', () => {
  it('lets as many requests through per minute as it says, and the next one in the next minute', async () => {
    const limits = limitsOf();
    expect(await send(limits)).toBe(RESPONSE);
    await send(limits);
    const third = send(limits);
    await clock.tickAsync(MINUTE - 1);
    expect(sent).toEqual([0, 0]);
    await clock.tickAsync(1);
    await third;
    expect(sent).toEqual([0, 0, MINUTE]);
  });

  it('counts each merchant and each endpoint by itself', async () => {
    const limits = limitsOf();
    await send(limits);
    await send(limits);
    await send(limits, { merchant: OTHER });
    await send(limits, { endpoint: ENDPOINTS.query });
    expect(sent).toHaveLength(4);
  });

  it('does not limit an endpoint without a limit', async () => {
    const limits = limitsOf();
    for (let i = 0; i < 10; i += 1) await send(limits, { endpoint: ENDPOINTS.transferOrder });
    expect(sent).toEqual(Array(10).fill(0));
  });

  it('refuses a request that would wait longer than the options allow, and sends nothing', async () => {
    const limits = limitsOf(MINUTE - 1);
    await send(limits, { endpoint: ENDPOINTS.query });
    const error = await rejectionOf(send(limits, { endpoint: ENDPOINTS.query }));
    expect(error).toBeInstanceOf(Pass2PayRateLimitError);
    expect(error).toMatchObject({ retryAfterMs: MINUTE, limitedBy: 'options', mchOrderNo: 'O1' });
    expect(sent).toEqual([0]);
  });

  it('lets a waiting request wait again if others were faster', async () => {
    const limits = limitsOf();
    const query = { endpoint: ENDPOINTS.query };
    await send(limits, query);
    const waiting = [send(limits, query), send(limits, query)];
    await clock.tickAsync(MINUTE);
    expect(sent).toEqual([0, MINUTE]);
    await clock.tickAsync(MINUTE);
    await Promise.all(waiting);
    expect(sent).toEqual([0, MINUTE, 2 * MINUTE]);
  });
});

describe('a request that waits for the rate limit', () => {
  const query = { endpoint: ENDPOINTS.query };

  it.each<[string, (caller: AbortController, limits: RequestLimits) => void, unknown]>([
    ['its signal', (caller) => caller.abort('the payer left'), 'the payer left'],
    [
      'the shutdown of the application',
      (_caller, limits) => limits.onModuleDestroy(),
      new Error('the application is closing'),
    ],
  ])('is not sent after %s', async (by, end, cause) => {
    const limits = limitsOf();
    const caller = new AbortController();
    await send(limits, query);
    const waiting = rejectionOf(send(limits, { ...query, signal: caller.signal }));
    await clock.tickAsync(10);
    end(caller, limits);
    const error = (await waiting) as Pass2PayConnectionError;
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_ABORTED',
      message: `The call was aborted by ${by}. The request was not sent.`,
      mchOrderNo: 'O1',
      requestSent: false,
    });
    expect(error.cause).toEqual(cause);
    await clock.runAllAsync();
    expect(sent).toEqual([0]);
  });

  it('ends with the application also without a signal of its own', async () => {
    const limits = limitsOf();
    await send(limits, query);
    const waiting = rejectionOf(send(limits, query));
    await clock.tickAsync(10);
    limits.onModuleDestroy();
    expect(await waiting).toMatchObject({ code: 'PASS2PAY_ABORTED', requestSent: false });
  });

  it('is not counted if its signal was aborted before', async () => {
    const limits = limitsOf();
    const error = await rejectionOf(send(limits, { ...query, signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'PASS2PAY_ABORTED', requestSent: false });
    await send(limits, query);
    expect(sent).toEqual([0]);
  });
});
