import { describe, expect, it } from '@jest/globals';
import { httpStatusError, provesInaction } from '../../lib/client/http-status.js';
import { Pass2PayConnectionError } from '../../lib/errors/pass2pay.errors.js';

const ORDER = { mchOrderNo: 'O1' };
const REMEDY = 'It may have processed the request: query the order before you repeat or replace it.';
const REDIRECT =
  ', a redirect, which is not followed: check that baseUrl is the gateway’s final address (https, host and path)';

const errorOf = (status: number, mayHaveActed = false) =>
  httpStatusError(status, 'api/pay', { mayHaveActed, order: ORDER });

describe('an HTTP status', () => {
  it.each([404, 405, 429])('of %i proves that the gateway did nothing', (status) => {
    expect(provesInaction(status)).toBe(true);
  });

  it.each([undefined, 200, 302, 400, 403, 406, 408, 428, 430, 500, 503])('of %p does not', (status) => {
    expect(provesInaction(status)).toBe(false);
  });
});

describe('the error of an HTTP status', () => {
  it.each([
    [404, 'api/pay does not exist at baseUrl'],
    [405, 'api/pay at baseUrl does not accept POST'],
  ])('%i says that nothing was done, and that baseUrl is wrong', (status, what) => {
    const error = errorOf(status);
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      message: `The gateway's response has HTTP status ${status}: ${what}, and nothing was done. Check baseUrl, including its path.`,
      httpStatus: status,
      requestSent: true,
      mayHaveActed: false,
      retryable: false,
      mchOrderNo: 'O1',
    });
  });

  it.each([404, 405, 429])('%i proves nothing about an earlier request of the same call', (status) => {
    expect(errorOf(status, true)).toMatchObject({
      message: `The gateway's response has HTTP status ${status}. ${REMEDY}`,
      httpStatus: status,
      mayHaveActed: true,
      retryable: true,
    });
  });

  it.each([
    [299, ''],
    [300, REDIRECT],
    [399, REDIRECT],
    [400, ''],
    [500, ''],
  ])('%i means that the order may exist', (status, hint) => {
    expect(errorOf(status)).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      message: `The gateway's response has HTTP status ${status}${hint}. ${REMEDY}`,
      httpStatus: status,
      requestSent: true,
      mayHaveActed: true,
      mchOrderNo: 'O1',
    });
  });
});
