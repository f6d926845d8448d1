import type { ResolvedClientOptions } from './client.options.js';

/**
 * How long a create may take, in ms: a query first, where it joins another one; then up to `1 + retries` sends, each followed by
 * a query of up to `1 + retries` requests. Each request may wait for its turn (`requestsPerMinute`) and before its repetition for
 * up to `maxRetryDelayMs`, and then takes up to `timeoutMs`.
 *
 * It does not count the queue behind `maxConcurrent`, which has no bound of its own: a create that is longer under way ends.
 */
export function longestCreateMs({
  timeoutMs,
  retries,
  maxRetryDelayMs,
}: Pick<ResolvedClientOptions, 'timeoutMs' | 'retries' | 'maxRetryDelayMs'>): number {
  const sends = 1 + retries;
  const requestMs = maxRetryDelayMs + timeoutMs;
  const queryMs = sends * requestMs + retries * maxRetryDelayMs;
  return queryMs + sends * (requestMs + queryMs) + retries * maxRetryDelayMs;
}
