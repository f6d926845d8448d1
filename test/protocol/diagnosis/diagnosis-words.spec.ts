import { describe, expect, it } from '@jest/globals';
import { diagnoseSignature, type DiagnosisHints } from '../../../lib/protocol/diagnosis/diagnose-signature.js';
import { sign } from '../../../lib/protocol/signature/sign.js';
import type { SignableParams } from '../../../lib/protocol/signature/canonicalize.js';

const SECRET = 'kX9-secret_Of.the-merchant-0123';
const PLUS = 'A plus sign was signed where a space arrived';

/** What is said of parameters with these names, whose spaces were signed as plus signs. */
function plusesIn(names: readonly string[], hints?: DiagnosisHints) {
  const signed = Object.fromEntries(names.map((name) => [name, 'a+b']));
  const received = Object.fromEntries(names.map((name) => [name, 'a b']));
  return diagnoseSignature(received, sign(signed, SECRET), SECRET, hints).causes[0]!;
}
/** The names in it. */
const shown = (names: readonly string[], hints?: DiagnosisHints) =>
  /\(([^)]*)\): /.exec(plusesIn(names, hints).message)?.[1];

describe('a diagnosis names parameters', () => {
  it('by itself if there is one', () => {
    expect(plusesIn(['subject'])).toEqual({
      code: 'plus-became-space',
      message: `${PLUS} (subject): encode + as %2B, and decode form values only once.`,
      parameter: 'subject',
    });
    expect(plusesIn(['subject', 'body'])).not.toHaveProperty('parameter');
  });

  it('up to six of them, and how many others', () => {
    expect(shown(['a1', 'a2', 'a3', 'a4', 'a5', 'a6'])).toBe('a1, a2, a3, a4, a5, a6');
    expect(shown(['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'])).toBe('a1, a2, a3, a4, a5, a6, another parameter');
    expect(shown(['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8'])).toBe('a1, a2, a3, a4, a5, a6, 2 other parameters');
  });

  it.each([
    ['the secret', `x${SECRET}`],
    ['a part of the secret', SECRET.slice(4, 8)],
    ['the beginning of a signature', '7ab2f3d1c09e4b5a'],
    ['what no name has', 'a$b'],
    ['what no name begins with', '-ab'],
    ['a character that is not printable', 'a\u0007b'],
  ])('but none that holds %s', (_what, name) => {
    expect(shown([name])).toBe('another parameter');
    expect(plusesIn([name])).not.toHaveProperty('parameter');
    expect(shown([name, 'subject'])).toBe('subject, another parameter');
  });

  it('that look like a part of the secret by chance, or are documented', () => {
    expect(shown([SECRET.slice(4, 7)])).toBe(SECRET.slice(4, 7));
    const documented = SECRET.slice(4, 8);
    expect(shown([documented], { knownFields: new Set([documented]) })).toBe(documented);
  });

  it('but none that holds a value of four characters or more', () => {
    const names = (value: string) => {
      const params = { [`x${value}y`]: 'a b', note: value };
      const signature = sign({ ...params, [`x${value}y`]: 'a+b' }, SECRET);
      return diagnoseSignature(params, signature, SECRET).causes[0]!.message;
    };
    expect(names('abc')).toContain('(xabcy)');
    expect(names('abcd')).toContain('(another parameter)');
  });

  it('whose value cannot be signed', () => {
    const said = (params: SignableParams) => diagnoseSignature(params, 'x', SECRET).causes;
    expect(said({ amount: Number.NaN })).toEqual([
      {
        code: 'value-unsignable',
        message: 'amount has a value that cannot be signed: pass a string or a safe integer.',
        parameter: 'amount',
      },
    ]);
    expect(said({ 'a=b': Number.NaN })).toEqual([
      {
        code: 'value-unsignable',
        message: 'A parameter has a value that cannot be signed: pass a string or a safe integer.',
      },
    ]);
  });
});

describe('a diagnosis names the app whose secret was used', () => {
  const params = { amount: '1' };
  const other = 'secret-of-another-app-4567';
  const said = (app: string) =>
    diagnoseSignature(params, sign(params, other), SECRET, { otherSecrets: { [app]: [other] } }).causes[0]!.message;

  it('unless its label holds a secret', () => {
    expect(said('app-2')).toBe('It was signed with the secret of app-2: use the secret of the app in appId.');
    expect(said(`app ${other}`)).toBe(
      'It was signed with the secret of another app: use the secret of the app in appId.',
    );
  });

  it('and passes over labels without a secret, and secrets that are live', () => {
    const otherSecrets = { empty: '', none: undefined as unknown as string, live: SECRET, 'app-2': other };
    const { causes } = diagnoseSignature(params, sign(params, other), SECRET, { otherSecrets });
    expect(causes[0]!.message).toContain('app-2');
  });
});

describe('a message is too large to diagnose', () => {
  const code = (params: SignableParams) => diagnoseSignature(params, '0'.repeat(32), SECRET).causes[0]!.code;

  it('with more than 64 parameters', () => {
    const some = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, '1']));
    expect([code(some(64)), code(some(65))]).toEqual(['unknown', 'too-large']);
  });

  it('with more than 5,000 characters', () => {
    expect([code({ a: 'x'.repeat(4_999) }), code({ a: 'x'.repeat(5_000) })]).toEqual(['unknown', 'too-large']);
  });
});
