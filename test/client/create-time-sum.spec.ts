import { expect, it } from '@jest/globals';
import { longestCreateMs } from '../../lib/client/create-time.js';

it.each([
  // A query of 110, a send of 110, and its query of 110.
  [{ timeoutMs: 100, retries: 0, maxRetryDelayMs: 10 }, 330],
  // A query of 110 + 10 + 110; twice a send of 110 and a query; and 10 between the sends.
  [{ timeoutMs: 100, retries: 1, maxRetryDelayMs: 10 }, 230 + 2 * (110 + 230) + 10],
  // A query of 3 × 110 + 2 × 10; three times a send and a query; and 2 × 10 between the sends.
  [{ timeoutMs: 100, retries: 2, maxRetryDelayMs: 10 }, 350 + 3 * (110 + 350) + 20],
])('a create may take no longer than all of its requests and waits together: with %j, %d ms', (options, ms) => {
  expect(longestCreateMs(options)).toBe(ms);
});
