import { describe, expect, it } from '@jest/globals';
import { badResponse } from '../../lib/client/bad-response.js';
import { Pass2PayConnectionError } from '../../lib/errors/pass2pay.errors.js';

describe('an unusable response', () => {
  it('of a create means that the order may exist', () => {
    const cause = new Error('broken');
    const error = badResponse('is empty', { mchOrderNo: 'O1', traceId: 't1', httpStatus: 200, cause });
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      message:
        "The gateway's response is empty. It may have processed the request: query the order before you repeat or replace it.",
      requestSent: true,
      mayHaveActed: true,
      retryable: true,
      httpStatus: 200,
      mchOrderNo: 'O1',
      traceId: 't1',
    });
    expect(error.cause).toBe(cause);
  });

  it('of a query changes nothing', () => {
    expect(badResponse('is empty', { readOnly: true })).toMatchObject({
      message: "The gateway's response is empty. The query changes nothing and is safe to repeat.",
      requestSent: true,
      mayHaveActed: false,
    });
  });
});
