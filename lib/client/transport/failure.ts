import { AxiosError, type InternalAxiosRequestConfig } from 'axios';
import { errors } from 'undici';
import { isHandshakeFailure } from './handshake-failure.js';
import type { ResolvedTransport } from './transport-options.js';

/** Timeout of a response, in ms; undefined if the options do not set it. */
export type ResponseTimeouts = Pick<ResolvedTransport, 'headersTimeoutMs' | 'bodyTimeoutMs'>;

/** Additional members of an axios error of this transport; interceptors may read them too. */
export interface SendingFailure {
  /** False if the request was certainly not sent: no connection, TLS session or tunnel was established. */
  requestSent?: boolean;
  /** The timeout that ended the request, in ms, if one did. */
  timeoutMs?: number;
}

/** Adds whether the request may have been sent to the error. */
export function withSent(error: AxiosError, wasStarted: boolean): AxiosError & SendingFailure {
  return Object.assign(error, { requestSent: wasStarted && !isHandshakeFailure(error.code) });
}

/** Converts an error of undici to the error of axios's own adapter. */
export function failureOf(
  error: Error,
  { headersTimeoutMs, bodyTimeoutMs }: ResponseTimeouts,
  { config, request }: { config: InternalAxiosRequestConfig; request: object },
): AxiosError & SendingFailure {
  const timeoutMs =
    error instanceof errors.HeadersTimeoutError
      ? headersTimeoutMs
      : error instanceof errors.BodyTimeoutError
        ? bodyTimeoutMs
        : undefined;
  if (timeoutMs === undefined) return AxiosError.from(error, codeOf(error), config, request);
  return Object.assign(AxiosError.from(error, timeoutCode(config), config, request), { timeoutMs });
}

/** The error of axios's own `timeout`. */
export function timeoutError(
  timeoutMs: number,
  config: InternalAxiosRequestConfig,
  request: object,
): AxiosError & SendingFailure {
  const message = config.timeoutErrorMessage ?? `timeout of ${timeoutMs}ms exceeded`;
  return Object.assign(new AxiosError(message, timeoutCode(config), config, request), { timeoutMs });
}

function timeoutCode({ transitional }: InternalAxiosRequestConfig): string {
  return transitional?.clarifyTimeoutError ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED;
}

function codeOf(error: Error): string | undefined {
  if (error instanceof errors.ConnectTimeoutError) return AxiosError.ETIMEDOUT;
  if (error instanceof errors.SocketError) return 'ECONNRESET';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
