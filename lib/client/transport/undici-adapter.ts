import { getAdapter, type AxiosAdapter, type InternalAxiosRequestConfig } from 'axios';
import type { Dispatcher } from 'undici';
import { endingWithAttempts } from './attempt.js';
import { Exchange } from './exchange.js';
import type { ResponseTimeouts } from './failure.js';

/**
 * An axios adapter that sends requests over undici. A request that asks for what only axios's own adapter can do goes
 * through that, so that nothing an interceptor sets is passed over.
 */
export function undiciAdapter(dispatcher: Dispatcher, timeouts: ResponseTimeouts): AxiosAdapter {
  const axiosAdapter = endingWithAttempts(getAdapter('http'));
  return async (config) =>
    isForUndici(config) ? new Exchange(config, timeouts).run(dispatcher) : axiosAdapter(config);
}

/** What an interceptor may set that only axios's own adapter knows. */
const AXIOS_ONLY = [
  'httpAgent',
  'httpsAgent',
  'proxy',
  'socketPath',
  'lookup',
  'family',
  'transport',
  'auth',
  'cancelToken',
  'beforeRedirect',
  'maxRate',
  'onUploadProgress',
  'onDownloadProgress',
  'responseEncoding',
  'insecureHTTPParser',
  'httpVersion',
] as const;

const RESPONSE_TYPES = new Set([undefined, 'text', 'json', 'arraybuffer']);

function isForUndici(config: InternalAxiosRequestConfig): boolean {
  const members = config as unknown as Record<string, unknown>;
  return (
    // Undici follows no redirects; axios follows five where nothing is said.
    config.maxRedirects === 0 &&
    RESPONSE_TYPES.has(config.responseType) &&
    (config.data === undefined || typeof config.data === 'string' || Buffer.isBuffer(config.data)) &&
    AXIOS_ONLY.every((name) => members[name] === undefined)
  );
}
