import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from '../../lib/client/retry-after.js';

const NOW = Date.UTC(2024, 5, 1, 12);

describe('a Retry-After header', () => {
  it.each([
    ['0', 0],
    ['30', 30_000],
    [' 30 ', 30_000],
    ['Sat, 01 Jun 2024 12:00:30 GMT', 30_000],
    ['Sat, 01 Jun 2024 12:00:00 GMT', 0],
    ['Sat, 01 Jun 2024 11:00:00 GMT', 0],
  ])('%p is a delay of %i ms', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });

  it.each([undefined, null, 30, ['30'], '', 'soon', '30s', 's30'])('%p is unreadable', (header) => {
    expect(retryAfterMs(header, NOW)).toBeUndefined();
  });
});
