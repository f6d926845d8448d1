import { afterEach, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { longestCreateMs } from '../../lib/client/create-time.js';
import { IdempotentCreate } from '../../lib/client/idempotent-create.js';
import { Retries } from '../../lib/client/policies/retry.js';
import { Pass2PayApiError, Pass2PayTimeoutError } from '../../lib/errors/pass2pay.errors.js';

let clock: Clock | undefined;
afterEach(() => clock?.uninstall());

it.each([
  { timeoutMs: 10_000, retries: 2, maxRetryDelayMs: 250 },
  { timeoutMs: 1_000, retries: 0, maxRetryDelayMs: 100 },
  { timeoutMs: 500, retries: 10, maxRetryDelayMs: 200 },
])('no create takes longer than its lease, with %j', async (options) => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  const retries = new Retries(options);
  // Each request waits for its turn, and is answered at the last moment.
  const request = async () =>
    new Promise((resolve) => setTimeout(resolve, options.maxRetryDelayMs + options.timeoutMs));
  let asked = 0;
  const find = () =>
    retries.run(
      async () => {
        await request();
        asked++;
        if (asked % (options.retries + 1) > 0) throw new Pass2PayTimeoutError(options.timeoutMs);
        throw new Pass2PayApiError(9999, '订单不存在', 'no such order');
      },
      (error) => error instanceof Pass2PayTimeoutError,
      { signal: undefined, order: {} },
    );
  const send = async () => {
    await request();
    throw new Pass2PayTimeoutError(options.timeoutMs);
  };
  const startedAt = Date.now();
  const creation = { mchOrderNo: 'O1', signal: undefined, differences: () => [], recover: () => undefined };
  const took: number[] = [];
  const ended = new IdempotentCreate(retries)
    .create({ ...creation, known: 'unknown', send, find })
    .catch((error: unknown) => error)
    .finally(() => took.push(Date.now() - startedAt));
  while (took.length === 0) await clock.nextAsync();
  expect(await ended).toMatchObject({ code: 'PASS2PAY_OUTCOME_UNKNOWN' });
  const longestMs = longestCreateMs(options);
  expect(took[0]).toBeLessThanOrEqual(longestMs);
  expect(took[0]).toBeGreaterThan(longestMs * 0.8);
});
