import { Pass2PayConnectionError, type Pass2PayErrorDetails } from '../errors/pass2pay.errors.js';
import { badResponse } from './bad-response.js';

const NOT_FOUND = 404;
const METHOD_NOT_ALLOWED = 405;
export const TOO_MANY_REQUESTS = 429;

/**
 * Whether an HTTP status proves that the gateway did nothing: the path or method does not exist, or the rate limit
 * rejected the request. No other status does: a server that fails or redirects may have processed the request first.
 * Source: protocol §2 and §10.
 */
export function provesInaction(status: number | undefined): boolean {
  return status === NOT_FOUND || status === METHOD_NOT_ALLOWED || status === TOO_MANY_REQUESTS;
}

/**
 * The error for a response with a status other than 2xx.
 *
 * @param mayHaveActed whether an earlier request may have been processed
 */
export function httpStatusError(
  status: number,
  path: string,
  { mayHaveActed, order }: { mayHaveActed: boolean; order: Pass2PayErrorDetails },
): Pass2PayConnectionError {
  const about = { ...order, httpStatus: status };
  if (mayHaveActed || !provesInaction(status)) return badResponse(`has HTTP status ${status}${hintOf(status)}`, about);
  const what = status === NOT_FOUND ? `${path} does not exist at baseUrl` : `${path} at baseUrl does not accept POST`;
  return new Pass2PayConnectionError(
    'PASS2PAY_BAD_RESPONSE',
    `The gateway's response has HTTP status ${status}: ${what}, and nothing was done. Check baseUrl, including its path.`,
    { ...about, requestSent: true, mayHaveActed: false, retryable: false },
  );
}

function hintOf(status: number): string {
  return status >= 300 && status < 400
    ? ', a redirect, which is not followed: check that baseUrl is the gateway’s final address (https, host and path)'
    : '';
}
