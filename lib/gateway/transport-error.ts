import { Pass2PayConnectionError, type Pass2PayErrorDetails } from '../pass2pay.errors.js';

const BEFORE_SENDING = new Set(['connect', 'getaddrinfo']);

/** TLS failures: the handshake comes before the request. */
const TLS_REFUSED = /^(ERR_TLS_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_SSL_)/;

/** Wraps what the HTTP client threw, saying whether the request can have reached the gateway. */
export function connectionError(cause: unknown, about: Pass2PayErrorDetails): Pass2PayConnectionError {
  const requestSent = !neverLeft(cause);
  const code = (cause as { code?: unknown } | undefined)?.code;
  const what = typeof code === 'string' ? ` (${code})` : '';
  return new Pass2PayConnectionError(
    'PASS2PAY_CONNECTION',
    requestSent
      ? `The connection to the gateway broke${what}. It may have acted on the request: query the order before you repeat or replace it.`
      : `The gateway could not be reached${what}; the request was not sent. Check baseUrl, the network and TLS, then call again.`,
    { ...about, cause, requestSent },
  );
}

function neverLeft(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, syscall, cause, errors } = error as {
    code?: unknown;
    syscall?: unknown;
    cause?: unknown;
    errors?: unknown;
  };
  if (typeof syscall === 'string') return BEFORE_SENDING.has(syscall);
  if (typeof code === 'string' && TLS_REFUSED.test(code)) return true;
  // One error for each address that was tried.
  if (Array.isArray(errors) && errors.length > 0) return errors.every(neverLeft);
  return neverLeft(cause);
}
