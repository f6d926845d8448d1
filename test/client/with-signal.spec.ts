import { describe, expect, it } from '@jest/globals';
import { withSignal } from '../../lib/client/with-signal.js';
import { Pass2PayConnectionError } from '../../lib/errors/pass2pay.errors.js';
import { listenersOf } from './support/abort-listeners.js';
import { rejectionOf } from './support/failure-of.js';

const ORDER = { mchOrderNo: 'O1' };
const never = new Promise<never>(() => {});

describe('a promise with a signal', () => {
  it('gives its result, and stops listening to the signal', async () => {
    const { signal } = new AbortController();
    expect(await withSignal(Promise.resolve(5), signal, ORDER)).toBe(5);
    expect(listenersOf(signal)).toBe(0);
  });

  it('gives its error, and stops listening to the signal', async () => {
    const { signal } = new AbortController();
    const lost = new Error('lost');
    expect(await rejectionOf(withSignal(Promise.reject(lost), signal, ORDER))).toBe(lost);
    expect(listenersOf(signal)).toBe(0);
  });

  it('gives its result without a signal', async () => {
    expect(await withSignal(Promise.resolve(5), undefined, ORDER)).toBe(5);
  });

  it('fails as soon as the signal is aborted, possibly after the request was sent', async () => {
    const caller = new AbortController();
    const failure = rejectionOf(withSignal(never, caller.signal, ORDER));
    expect(listenersOf(caller.signal)).toBe(1);
    caller.abort('the payer left');
    const error = await failure;
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_ABORTED',
      message:
        'The call was aborted by its signal. The gateway may have processed the request: query the order before you repeat or replace it.',
      mchOrderNo: 'O1',
      cause: 'the payer left',
      requestSent: true,
    });
    expect(listenersOf(caller.signal)).toBe(0);
  });

  it('says of a query that it may be repeated', async () => {
    const caller = new AbortController();
    const failure = rejectionOf(withSignal(never, caller.signal, { readOnly: true }));
    caller.abort();
    expect(await failure).toMatchObject({
      message: 'The call was aborted by its signal. The query changes nothing and is safe to repeat.',
    });
  });
});
