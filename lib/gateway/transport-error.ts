import { Pass2PayConnectionError, type Pass2PayErrorDetails } from '../pass2pay.errors.js';

const BEFORE_SENDING = new Set(['connect', 'getaddrinfo']);

/** TLS failures: the handshake comes before the request. */
const TLS_REFUSED = /^(ERR_TLS_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_SSL_)/;

const MAY_HAVE_ARRIVED = 'The gateway may have acted on the request: query the order before you repeat or replace it.';

/** What the HTTP client threw, saying whether the request can have reached the gateway. */
export function connectionError(thrown: unknown, about: Pass2PayErrorDetails): Pass2PayConnectionError {
  const requestSent = !neverLeft(thrown);
  const cause = withoutRequest(thrown);
  const what = cause.code === undefined ? '' : ` (${cause.code})`;
  return new Pass2PayConnectionError(
    'PASS2PAY_CONNECTION',
    requestSent
      ? `The connection to the gateway broke${what}. ${MAY_HAVE_ARRIVED}`
      : `The gateway could not be reached${what}; the request was not sent. Check baseUrl, the network and TLS, then call again.`,
    { ...about, cause, requestSent },
  );
}

/** The end of a call whose caller's signal was aborted. */
export function abortedError(
  signal: AbortSignal,
  requestSent: boolean,
  about: Pass2PayErrorDetails,
): Pass2PayConnectionError {
  const remedy = requestSent ? MAY_HAVE_ARRIVED : 'The request was not sent.';
  return new Pass2PayConnectionError('PASS2PAY_ABORTED', `The call was ended by its signal. ${remedy}`, {
    ...about,
    cause: signal.reason,
    requestSent,
  });
}

function neverLeft(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, syscall, cause, errors } = error as Record<'code' | 'syscall' | 'cause' | 'errors', unknown>;
  if (typeof syscall === 'string') return BEFORE_SENDING.has(syscall);
  if (typeof code === 'string' && TLS_REFUSED.test(code)) return true;
  // One error for each address that was tried.
  if (Array.isArray(errors) && errors.length > 0) return errors.every(neverLeft);
  return neverLeft(cause);
}

/** The HTTP client's error holds the whole request, with the payer's data and the signature: only its words are kept. */
function withoutRequest(thrown: unknown): Error & { code?: string } {
  if (!(thrown instanceof Error)) return new Error(`an interceptor threw a ${typeof thrown}`);
  const { code } = thrown as { code?: unknown };
  return Object.assign(new Error(thrown.message), typeof code === 'string' ? { code } : {});
}
