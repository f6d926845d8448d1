import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readEnvelope } from '../../lib/protocol/envelope.js';
import { sign } from '../../lib/protocol/signature/sign.js';

const SECRET = 'the secret of the app 0123';
const OLD_SECRET = 'the secret before it 0123';
const DATA = { payOrderId: 'P1', amount: 5 };

const read = (envelope: object, secrets = [SECRET]) => readEnvelope(JSON.stringify(envelope), secrets);
const signed = (secret = SECRET) => ({ code: 0, msg: 'SUCCESS', data: DATA, sign: sign(DATA, secret), traceId: 't1' });

describe('a response', () => {
  it.each([
    ['the current secret', SECRET, 0],
    ['an old one', OLD_SECRET, 1],
  ])('is verified by %s', (_what, secret, secretIndex) => {
    const verified = { kind: 'verified', data: DATA, secretIndex, traceId: 't1' };
    expect(read(signed(secret), [SECRET, OLD_SECRET])).toEqual(verified);
  });

  it('is signed over its numbers as they stand on the wire', () => {
    const text = `{"code":0,"data":{"rate":0.30},"sign":"${sign({ rate: '0.30' }, SECRET)}"}`;
    expect(readEnvelope(text, [SECRET])).toMatchObject({ kind: 'verified', data: { rate: 0.3 } });
  });

  it.each(['', 'null', '[]', '<html>', '{"code":0,"code":1}'])('is not JSON: %p', (text) => {
    expect(readEnvelope(text, [SECRET])).toEqual({ kind: 'not-json', cause: expect.any(SyntaxError) });
  });

  it.each([undefined, '0', null, 0.5, true])('has no code where it is %p', (code) => {
    expect(read({ ...signed(), code })).toEqual({ kind: 'no-code', traceId: 't1' });
  });

  it.each([
    ['验签失败', '验签失败'],
    [undefined, ''],
    [7, ''],
  ])('is refused with the gateway’s words, or none: %p', (msg, message) => {
    expect(read({ ...signed(), code: 9999, msg })).toEqual({ kind: 'refused', code: 9999, message, traceId: 't1' });
  });

  it.each([undefined, null, 'x', [1]])('has no data where it is %p, whatever the sign', (data) => {
    expect(read({ ...signed(), data })).toEqual({ kind: 'no-data', traceId: 't1' });
  });

  it.each([
    ['no sign', { sign: undefined }, { hasSign: false, nestedField: undefined }],
    ['another sign', { sign: sign(DATA, OLD_SECRET) }, { hasSign: true, nestedField: undefined }],
    ['changed data', { data: { ...DATA, amount: 6 } }, { hasSign: true, nestedField: undefined }],
    ['a nested field', { data: { ...DATA, info: { a: 1 } } }, { hasSign: true, nestedField: 'info' }],
  ])('is unverified with %s', (_what, changes, why) => {
    expect(read({ ...signed(), ...changes })).toEqual({ kind: 'unverified', ...why, traceId: 't1' });
  });

  it('has a traceId only where that is text', () => {
    expect(read({ ...signed(), traceId: 7 })).toMatchObject({ kind: 'verified', traceId: undefined });
  });

  it('is told by the result whatever the text is', () => {
    const envelope = fc.record({ code: fc.constantFrom(0, 1, '0'), data: fc.json(), sign: fc.string() });
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      envelope.map((members) => JSON.stringify(members)),
    );
    fc.assert(fc.property(text, (any) => readEnvelope(any, [SECRET]).kind !== 'verified'));
  });
});
