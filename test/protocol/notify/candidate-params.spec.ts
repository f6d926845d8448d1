import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { candidateParams, isInexact, type NotifySource } from '../../../lib/protocol/notify/candidate-params.js';
import { PAYMENT_NOTIFY_FIELDS } from '../../../lib/protocol/notify/notify-fields.js';
import { NotifyRefusal } from '../../../lib/protocol/notify/notify-refusal.js';
import { sign } from '../../../lib/protocol/signature/sign.js';
import { verify } from '../../../lib/protocol/signature/verify.js';
import { MERCHANT, notifyParams } from '../../support/test-merchant.js';
import { refusalOf } from './support/refusal-of.js';

const readings = (source: NotifySource) => [...candidateParams(source, PAYMENT_NOTIFY_FIELDS)];
const form = (params: Record<string, string>): NotifySource => ({
  type: 'form',
  text: new URLSearchParams(params).toString(),
});

/** The parameters that were signed, if a reading of the source verifies. */
function signedOf(source: NotifySource): object | undefined {
  return readings(source).find((reading) => verify(reading.params, reading.sign, MERCHANT.secrets))?.params;
}

/** Every way in which the same parameters can come. */
const SOURCES: Readonly<Record<string, (params: Record<string, string>) => NotifySource>> = {
  form,
  'parsed form': (params) => ({ type: 'form', parsed: params }),
  JSON: (params) => ({ type: 'json', text: JSON.stringify(params) }),
  'parsed JSON': (params) => ({ type: 'json', parsed: params }),
};

const texts = fc.string({ unit: 'binary' });
const names = (prefix: string) => fc.stringMatching(/^[a-zA-Z0-9._-]{0,12}$/).map((name) => `${prefix}${name}`);

describe.each(Object.entries(SOURCES))('%s', (_name, source) => {
  it('A3 what was signed is found among undocumented fields and unsigned parameters', () => {
    const added = fc.record({
      signed: fc.dictionary(names('s_'), texts.filter(Boolean), { maxKeys: 3 }),
      unsigned: fc.dictionary(names('u_'), texts, { maxKeys: 2 }),
    });
    fc.assert(
      fc.property(added, ({ signed, unsigned }) => {
        fc.pre(Object.keys(signed).length + Object.keys(unsigned).length <= 4);
        // What a form cannot say apart from a space is tried elsewhere.
        fc.pre(!/\+/.test(Object.values({ ...signed, ...unsigned }).join('')));
        fc.pre(Object.values({ ...signed, ...unsigned }).join('').length < 200);
        const params = notifyParams(signed);
        const found = signedOf(source({ ...params, ...unsigned, sign: sign(params, MERCHANT.secrets) }));
        // An empty value is in no signature, so nothing tells it from an unsigned one.
        const given = (of: object | undefined) => Object.entries(of ?? {}).filter(([, value]) => value !== '');
        expect(Object.fromEntries(given(found))).toEqual(params);
      }),
      { numRuns: 300 },
    );
  });

  it('A3 a parameter that was changed is never taken for an unsigned one', () => {
    const params = notifyParams();
    const signature = sign(params, MERCHANT.secrets);
    for (const name of Object.keys(params)) {
      expect(signedOf(source({ ...params, [name]: `${params[name]}0`, sign: signature }))).toBeUndefined();
    }
  });

  it('a message without anything unusual is read once', () => {
    expect(readings(source({ ...notifyParams(), sign: 'x' }))).toHaveLength(1);
  });

  it.each([
    ['65 parameters', Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`p${index}`, '1']))],
    ['a name of 65 characters', { ['n'.repeat(65)]: '1' }],
  ])('C1 %s are too many', (_what, params) => {
    expect(refusalOf(() => readings(source(params)))).toMatch(/^too-large: /);
  });
});

it('a + is read in another way only where there is one', () => {
  expect(readings({ type: 'form', text: 'subject=a%20b' })).toHaveLength(1);
  expect(readings({ type: 'form', text: 'subject=a+b' }).map(({ params }) => params['subject'])).toEqual([
    'a b',
    'a+b',
  ]);
  expect(readings({ type: 'form', text: 'subject=a%2Bb' }).map(({ params }) => params['subject'])).toEqual([
    'a+b',
    'a b',
  ]);
  expect(readings({ type: 'json', text: '{"subject":"a+b c"}' })).toHaveLength(1);
});

it('C1 a form of nothing but separators is too many parameters', () => {
  expect(() => readings({ type: 'form', text: '&'.repeat(65) })).toThrow(NotifyRefusal);
});

it('C1 the longer a message, the fewer readings, and never more than 24', () => {
  fc.assert(
    fc.property(fc.nat({ max: 20 }), fc.nat({ max: 11_900 }), (count, length) => {
      const undocumented = Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, 'a+b c']));
      const found = readings(form({ ...undocumented, subject: `a+b ${'x'.repeat(length)}` }));
      expect(found.length).toBeLessThanOrEqual(24);
      expect((found.length - 1) * length).toBeLessThanOrEqual(16_000);
    }),
  );
});

it('A1 numbers that a JSON parser has read may have been written otherwise', () => {
  expect(isInexact({ type: 'json', parsed: { amount: 5 } })).toBe(true);
  expect(isInexact({ type: 'json', parsed: { amount: '5' } })).toBe(false);
  expect(isInexact({ type: 'json', text: '{"amount":5.00}' })).toBe(false);
  expect(isInexact({ type: 'form', parsed: { amount: '5' } })).toBe(false);
  expect(isInexact({ type: 'form', parsed: { amount: 5 } })).toBe(false);
});

describe('the readings of a message', () => {
  const fields = new Set(['amount', 'subject']);
  const kept = (text: string) =>
    [...candidateParams({ type: 'form', text }, fields)].map(({ params }) => Object.keys(params).join(','));

  it('leave out all undocumented names, then one, then some of them', () => {
    expect(kept('amount=1&x=1')).toEqual(['amount,x', 'amount']);
    expect(kept('amount=1&x=1&y=1')).toEqual(['amount,x,y', 'amount', 'amount,y', 'amount,x']);
    expect(kept('x=1&y=1&z=1')).toEqual(['x,y,z', '', 'y,z', 'x,z', 'x,y', 'z', 'y', 'x']);
  });

  it('leave out all undocumented names in each other spelling, too', () => {
    expect(
      [...candidateParams({ type: 'form', text: 'subject=a+b&x=1' }, fields)].map(({ params }) => ({ ...params })),
    ).toEqual([{ subject: 'a b', x: '1' }, { subject: 'a b' }, { subject: 'a+b', x: '1' }, { subject: 'a+b' }]);
  });

  it('are the text of what a JSON parser returned', () => {
    const [reading] = candidateParams({ type: 'json', parsed: { amount: 5, subject: 'a b', note: null } }, fields);
    expect(reading).toEqual({ params: { amount: '5', subject: 'a b', note: '' }, sign: undefined });
  });

  it('leave out one or all of more than four', () => {
    expect(kept('a=1&b=1&c=1&d=1')).toHaveLength(2 ** 4);
    expect(kept('a=1&b=1&c=1&d=1&e=1')).toEqual([
      'a,b,c,d,e',
      '',
      'b,c,d,e',
      'a,c,d,e',
      'a,b,d,e',
      'a,b,c,e',
      'a,b,c,d',
    ]);
  });

  it('are those of a parsed form whose spaces may have been plus signs', () => {
    const subjects = (parsed: Record<string, string>) =>
      [...candidateParams({ type: 'form', parsed }, fields)].map(({ params }) => params['subject']);
    expect(subjects({ amount: '1', subject: 'a b' })).toEqual(['a b', 'a+b']);
    expect(subjects({ amount: '1', subject: 'a+b' })).toEqual(['a+b', 'a b']);
    expect(subjects({ amount: '1', subject: 'a' })).toEqual(['a']);
  });

  it('are at most 24, the first included', () => {
    const values = 'a+b%2Bc';
    expect(kept(Array.from({ length: 30 }, (_, i) => `p${i}=${i === 0 ? values : 1}`).join('&'))).toHaveLength(
      Math.floor(16_000 / (1 + 30 * 30 + 10 * 2 + 20 * 3 + 29 + 5)),
    );
    const few = Array.from({ length: 20 }, (_, i) => `p${i}=${i === 0 ? values : ''}`).join('&');
    expect(kept(few)).toHaveLength(24);
  });
});
