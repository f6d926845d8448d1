import type { ResolvedClientOptions } from './client.options.js';

/**
 * Maximum duration of a create, in ms: a query first, if it joins another create; then up to `1 + retries` sends, each
 * followed by a query of up to `1 + retries` requests. Each request may wait for the rate limit (`requestsPerMinute`)
 * and before a retry for up to `maxRetryDelayMs`, and then takes up to `timeoutMs`.
 *
 * It does not include waiting for `maxConcurrent`, which is unbounded; a create that takes longer is aborted.
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
