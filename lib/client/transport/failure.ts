import { AxiosError, type InternalAxiosRequestConfig } from 'axios';
import { errors } from 'undici';
import { isHandshakeFailure } from './handshake-failure.js';
import type { ResolvedTransport } from './transport-options.js';

/** How long an answer may take, in ms; undefined where the options do not say. */
export type ResponseTimeouts = Pick<ResolvedTransport, 'headersTimeoutMs' | 'bodyTimeoutMs'>;

/** What an axios error of this transport tells besides: interceptors may look at it too. */
export interface SendingFailure {
  /** False where the request has provably not been sent: no connection, TLS or tunnel was made for it. */
  requestSent?: boolean;
  /** The time that was waited for the answer, in ms, where that ended the request. */
  timeoutMs?: number;
}

/** The error with whether the request may have been sent. */
export function withSent(error: AxiosError, wasStarted: boolean): AxiosError & SendingFailure {
  return Object.assign(error, { requestSent: wasStarted && !isHandshakeFailure(error.code) });
}

/** What undici threw, as axios's own adapter would have said it. */
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
