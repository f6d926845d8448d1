import {
  Pass2PayConnectionError,
  Pass2PayTimeoutError,
  remedyAfterSending,
  type Pass2PayErrorDetails,
} from '../errors/pass2pay.errors.js';
import { isHandshakeFailure } from './transport/handshake-failure.js';
import type { SendingFailure } from './transport/failure.js';

const BEFORE_SENDING = new Set(['connect', 'getaddrinfo']);

/**
 * Converts an error of the HTTP client, with whether the request may have reached the gateway.
 *
 * @param mayHaveActed whether the gateway may have processed it or an earlier request of the same attempt
 */
export function transportError(
  thrown: unknown,
  mayHaveActed: boolean,
  about: Pass2PayErrorDetails,
): Pass2PayConnectionError | Pass2PayTimeoutError {
  const requestSent = mayHaveActed || !neverLeft(thrown);
  const cause = withoutRequest(thrown);
  const { timeoutMs } = (thrown ?? {}) as SendingFailure;
  if (requestSent && typeof timeoutMs === 'number') return new Pass2PayTimeoutError(timeoutMs, { ...about, cause });
  const what = cause.code === undefined ? '' : ` (${cause.code})`;
  return new Pass2PayConnectionError(
    'PASS2PAY_CONNECTION',
    requestSent
      ? `The connection to the gateway was lost${what}. ${remedyAfterSending(about)}`
      : `The gateway could not be reached${what}; the request was not sent. Check baseUrl, the network and TLS, then retry.`,
    { ...about, cause, requestSent },
  );
}

/**
 * The error of a call whose signal was aborted.
 *
 * @param by what aborted it
 */
export function abortedError(
  signal: AbortSignal,
  requestSent: boolean,
  about: Pass2PayErrorDetails,
  by = 'its signal',
): Pass2PayConnectionError {
  const remedy = requestSent ? remedyAfterSending(about) : 'The request was not sent.';
  return new Pass2PayConnectionError('PASS2PAY_ABORTED', `The call was aborted by ${by}. ${remedy}`, {
    ...about,
    cause: signal.reason,
    requestSent,
  });
}

/** Whether an error of the HTTP client proves that its request was not sent. */
export function neverLeft(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { requestSent, code, syscall, cause, errors } = error as Record<string, unknown>;
  // Set by this module's transport.
  if (typeof requestSent === 'boolean') return !requestSent;
  if (typeof syscall === 'string') return BEFORE_SENDING.has(syscall);
  if (isHandshakeFailure(code)) return true;
  // Contains one error for each address that was tried.
  if (Array.isArray(errors) && errors.length > 0) return errors.every(neverLeft);
  return neverLeft(cause);
}

/** The HTTP client's error contains the whole request with payer data and the signature, so only its message is kept. */
function withoutRequest(thrown: unknown): Error & { code?: string } {
  if (!(thrown instanceof Error)) return new Error(`an interceptor threw a ${typeof thrown}`);
  const { code } = thrown as { code?: unknown };
  return Object.assign(new Error(thrown.message), typeof code === 'string' ? { code } : {});
}
