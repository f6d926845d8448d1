import { Pass2PayConnectionError, type Pass2PayErrorDetails } from '../errors/pass2pay.errors.js';

/** An answer that cannot be what the gateway meant to say. */
export function badResponse(
  what: string,
  about: Pass2PayErrorDetails & { httpStatus?: number },
): Pass2PayConnectionError {
  return new Pass2PayConnectionError(
    'PASS2PAY_BAD_RESPONSE',
    `The gateway's answer ${what}. It may have acted on the request: query the order before you repeat or replace it.`,
    { ...about, requestSent: true },
  );
}
