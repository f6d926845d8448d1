import { Pass2PayConnectionError, remedyAfterSending, type Pass2PayErrorDetails } from '../errors/pass2pay.errors.js';

/** The error for an unusable response. */
export function badResponse(
  what: string,
  about: Pass2PayErrorDetails & { httpStatus?: number },
): Pass2PayConnectionError {
  const message = `The gateway's response ${what}. ${remedyAfterSending(about, 'It')}`;
  return new Pass2PayConnectionError('PASS2PAY_BAD_RESPONSE', message, { ...about, requestSent: true });
}
