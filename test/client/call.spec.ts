import { describe, expect, it } from '@jest/globals';
import { withSignalOf } from '../../lib/client/call.js';

const merchant = { appId: 'A1' };
const { signal } = new AbortController();

describe('the options of a call with a different signal', () => {
  it.each([
    ['the merchant and the new signal', { merchant, signal: AbortSignal.abort() }, signal, { merchant, signal }],
    ['no signal if there is no new one', { merchant, signal }, undefined, { merchant }],
    ['no merchant if none was given', {}, signal, { signal }],
  ])('have %s', (_what, options, changed, expected) => {
    expect(withSignalOf(options, changed)).toStrictEqual(expected);
  });
});
