import { getAdapter, type AxiosAdapter, type InternalAxiosRequestConfig } from 'axios';
import type { Dispatcher } from 'undici';
import { endingWithAttempts } from './attempt.js';
import { Exchange } from './exchange.js';
import type { ResponseTimeouts } from './failure.js';

/**
 * An axios adapter that sends requests with undici. A request that needs a feature of axios's own adapter uses that
 * one, so that no setting of an interceptor is ignored.
 */
export function undiciAdapter(dispatcher: Dispatcher, timeouts: ResponseTimeouts): AxiosAdapter {
  const axiosAdapter = endingWithAttempts(getAdapter('http'));
  return async (config) =>
    isForUndici(config) ? new Exchange(config, timeouts).run(dispatcher) : axiosAdapter(config);
}

/** Settings that only axios's own adapter supports. */
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
    // Undici follows no redirects; axios follows five by default.
    config.maxRedirects === 0 &&
    RESPONSE_TYPES.has(config.responseType) &&
    (config.data === undefined || typeof config.data === 'string' || Buffer.isBuffer(config.data)) &&
    AXIOS_ONLY.every((name) => members[name] === undefined)
  );
}
