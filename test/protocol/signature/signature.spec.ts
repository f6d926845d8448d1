import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalize } from '../../../lib/protocol/signature/canonicalize.js';
import { sign } from '../../../lib/protocol/signature/sign.js';
import { verify } from '../../../lib/protocol/signature/verify.js';

interface Entry {
  k: string;
  javaType: string;
  javaString: string | null;
}
interface Vector {
  name: string;
  key: string;
  params: Record<string, unknown>;
  entries: Entry[];
  canonical: string;
  sign: string;
}

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), 'utf8'));
const official = fixture('signature-vectors');
const unicodeNames = fixture('unicode-name-vectors');
const SECRET = 'TESTKEY0123456789abcdefABCDEF';

/** The values as the official code turned them into text: what a wire literal carries, which JSON.parse would lose. */
const asJavaWroteThem = (entries: Entry[]) => Object.fromEntries(entries.map((e) => [e.k, e.javaString]));

describe('signature, against vectors of the gateway’s own code', () => {
  it.each(official.vectors as Vector[])('$name', (vector) => {
    const params = asJavaWroteThem(vector.entries);
    expect(`${canonicalize(params)}key=${vector.key}`).toBe(vector.canonical);
    expect(sign(params, vector.key)).toBe(vector.sign);
    expect(verify(params, vector.sign, vector.key)).toBe(true);
  });

  const jsonKeepsTheText = (official.vectors as Vector[]).filter(
    (v) => !['numbers', 'nested-java-map', 'nested-fastjson-hashmap'].includes(v.name),
  );
  it.each(jsonKeepsTheText)('$name, from its JSON values', (vector) => {
    expect(sign(vector.params as Record<string, string>, vector.key)).toBe(vector.sign);
  });

  it.each(official.officialSkillsVectors.vectors as Vector[])('skills: $name', (vector) => {
    const { key } = official.officialSkillsVectors;
    const signed = vector.canonical.slice(0, -`&key=${key}`.length).split('&');
    const params = Object.fromEntries(signed.map((entry) => entry.split('=') as [string, string]));
    expect(`${canonicalize(params)}key=${key}`).toBe(vector.canonical);
    expect(sign(params, key)).toBe(vector.sign);
  });

  it.each(unicodeNames.vectors as Vector[])('names beyond ASCII: $canonical', (vector) => {
    expect(`${canonicalize(vector.params as Record<string, string>)}key=${unicodeNames.key}`).toBe(vector.canonical);
    expect(sign(vector.params as Record<string, string>, unicodeNames.key)).toBe(vector.sign);
  });

  it('folds every letter of the basic plane as Java does', () => {
    const { letters, folded } = fixture('java-case-folding') as { letters: string; folded: string };
    const sorted = (a: string, b: string) => canonicalize({ [a]: '1', [`${b}0`]: '2' });
    for (let i = 0; i < letters.length; i++) {
      // Equal when folded, the name with '0' (0x30) behind it comes before the one with '=' (0x3D), whatever was given.
      expect(sorted(letters.charAt(i), folded.charAt(i))).toBe(`${folded.charAt(i)}0=2&${letters.charAt(i)}=1&`);
    }
    expect(letters.length).toBeGreaterThan(1000);
  });
});

describe('the ambiguity that the protocol warns of', () => {
  it('exists: two messages, one signature', () => {
    const { real_state1: real, forged_state2: forged, key, sign: signature } = official.ambiguity;
    expect(sign(real, key)).toBe(signature);
    expect(verify(forged, signature, key)).toBe(true);
  });
});

describe('canonicalize', () => {
  it.each([
    ['NaN', Number.NaN],
    ['an infinity', Number.POSITIVE_INFINITY],
    ['an integer beyond 2^53', 2 ** 53],
    ['a Date', new Date(0)],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
  ])('refuses %s and names the entry', (_what, value) => {
    expect(() => canonicalize({ amount: value as never })).toThrow(/^amount is/);
  });

  it('gives the same text whatever order the parameters come in', () => {
    const params = fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z0-9_.-]{0,8}$/), fc.string());
    fc.assert(
      fc.property(params, (given) => {
        const names = Object.keys(given).map((name) => name.toLowerCase());
        fc.pre(new Set(names).size === names.length);
        const reversed = Object.fromEntries(Object.entries(given).toReversed());
        expect(canonicalize(reversed)).toBe(canonicalize(given));
      }),
    );
  });

  it('drops null, undefined and "" alone', () => {
    expect(canonicalize({ a: null, b: undefined, c: '', d: 0, e: false, f: ' ', g: 0n })).toBe('d=0&e=false&f= &g=0&');
  });
});

describe('verify', () => {
  const params = { amount: 5, mchNo: 'M1' };
  const signature = sign(params, SECRET);

  it('takes upper- and lower-case hex', () => {
    expect(verify(params, signature.toLowerCase(), SECRET)).toBe(true);
  });

  it('tries each live secret', () => {
    expect(verify(params, signature, ['another secret 0123', SECRET])).toBe(true);
    expect(verify(params, signature, ['another secret 0123'])).toBe(false);
  });

  it.each([undefined, null, '', 'short', `${signature} `, `${signature}00`, 'Z'.repeat(32), [signature], 0])(
    'is false for the signature %p',
    (given) => {
      expect(verify(params, given, SECRET)).toBe(false);
    },
  );

  it.each([[''], [[]], [['', SECRET]], [[SECRET, '']]])('refuses to work with the secrets %j', (secrets) => {
    expect(() => verify(params, signature, secrets)).toThrow(TypeError);
  });

  it('says what is wrong with the secrets', () => {
    expect(() => verify(params, signature, [])).toThrow('No secret to verify with: pass at least one.');
    const empty = 'The secret is empty, so anybody could sign with it. Pass the secret of the merchant’s app.';
    expect(() => verify(params, signature, '')).toThrow(empty);
    for (const secret of ['', undefined, null, 0]) expect(() => sign(params, secret as string)).toThrow(empty);
  });

  it('notices any change of any value', () => {
    const message = fc.record({ amount: fc.integer(), extParam: fc.string(), state: fc.nat(6) });
    fc.assert(
      fc.property(message, message, (genuine, other) => {
        fc.pre(canonicalize(genuine) !== canonicalize(other));
        expect(verify(other, sign(genuine, SECRET), SECRET)).toBe(false);
      }),
    );
  });
});
