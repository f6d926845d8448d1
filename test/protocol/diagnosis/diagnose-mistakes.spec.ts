import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  LONG_MISTAKES,
  MISTAKES,
  type Message,
  type Mistake,
  type MistakeCode,
  type Variant,
} from '../../../lib/protocol/diagnosis/diagnose-mistakes.js';
import {
  canonicalOf,
  rightSigning,
  type Entry,
  type Signing,
} from '../../../lib/protocol/diagnosis/diagnose-signing.js';

const SECRET = 'Secret';

/** A message of these values; an empty one is not signed. */
function message(values: Record<string, string | number>, changes: Partial<Message> = {}): Message {
  const entries = Object.entries(values).map(([name, value]): Entry => {
    const text = String(value);
    return { name, value, text, signed: text !== '' };
  });
  return { entries, known: new Set(), missing: [], otherSecrets: [], ...changes };
}

const mistakesOf = (code: MistakeCode): readonly Mistake[] => MISTAKES.filter((mistake) => mistake.code === code);
const variantsOf = (code: MistakeCode, about: Message, nth = 0): Variant[] => [
  ...mistakesOf(code)[nth]!.variants(about),
];
const signingOf = ({ entries }: Message, secret = SECRET): Signing =>
  rightSigning(entries, [{ text: secret, index: 0 }]);

/** What is signed with each variant of a mistake: the parameters that it names, and the text without its key. */
function signedTexts(code: MistakeCode, about: Message, nth = 0) {
  return variantsOf(code, about, nth).map(({ names = [], apply }) => [
    names.join(),
    canonicalOf(apply(signingOf(about))),
  ]);
}

/** As `signedTexts`, of the variants that concern one parameter of several. */
function narrowTexts(code: MistakeCode, about: Message, nth = 0) {
  return variantsOf(code, about, nth).flatMap(({ names = [], narrow, apply }) =>
    narrow === true ? [[names.join(), canonicalOf(apply(signingOf(about)))]] : [],
  );
}

/** The secrets that each variant signs with, by its detail. */
function secretsOf(code: MistakeCode, secret: string, nth = 0) {
  return variantsOf(code, message({}), nth).map(({ detail, apply }) => [
    detail,
    ...apply(signingOf(message({}), secret)).secrets.map(({ text }) => text),
  ]);
}

/** Whether each variant's digest is the MD5 of the text at its place. */
function expectDigests(code: MistakeCode, about: Message, texts: (string | Buffer)[], nth = 0) {
  const digests = variantsOf(code, about, nth).map(({ apply }) => digestOf(apply(signingOf(about))));
  expect(digests).toEqual(texts.map((text) => createHash('md5').update(text).digest('hex')));
}

const digestOf = (signing: Signing) => signing.digest(canonicalOf(signing), signing.secrets[0]!.text).toString('hex');

const TWO = message({ a: '1', b: '2' });

it('a message names each mistake in a sentence, with the step that it changes', () => {
  for (const { message: text } of [...MISTAKES, ...LONG_MISTAKES]) expect(text).toMatch(/^\S.* .*\.$/);
  const steps = { entries: new Set(), order: new Set(), secrets: new Set(), digest: new Set() };
  for (const { step, code } of MISTAKES) steps[step].add(code);
  expect([...steps.order]).toEqual(['sorted-otherwise']);
  expect([...steps.secrets]).toEqual(['other-app-secret', 'secret-whitespace', 'secret-quoted', 'secret-case']);
  expect([...steps.digest]).toEqual([
    'key-missing',
    'key-joined-otherwise',
    'other-algorithm',
    'wrong-charset',
    'entries-joined-otherwise',
  ]);
});

describe('parameters that were signed, and should not have been', () => {
  it('sign itself', () => {
    expect(signedTexts('sign-included', message({ a: '1', sign: 'x' }))).toEqual([['sign', 'a=1&']]);
    expect(signedTexts('sign-included', TWO)).toEqual([]);
  });

  it('empty values, and those that the message lacks: all, and one alone', () => {
    const about = message({ a: '1', b: '', c: '' }, { missing: ['d'] });
    expect(signedTexts('empty-signed', about)).toEqual([
      ['b,c', 'a=1&b=&c=&'],
      ['b,c,d', 'a=1&b=&c=&d=&'],
      ['b', 'a=1&b=&'],
      ['c', 'a=1&c=&'],
      ['d', 'a=1&d=&'],
      ['sign', 'a=1&sign=&'],
    ]);
    expect(narrowTexts('empty-signed', about).map(([names]) => names)).toEqual(['b', 'c', 'd', 'sign']);
    expect(signedTexts('empty-signed', message({ a: '1', sign: 'x' }))).toEqual([]);
  });

  it('empty values as a word of a language', () => {
    const details = variantsOf('null-as-text', message({ b: '' })).map(({ detail }) => detail);
    expect([...new Set(details)]).toEqual(['undefined', 'null', 'None', '<nil>']);
    expect(signedTexts('null-as-text', message({ a: '1', b: '' })).slice(0, 2)).toEqual([
      ['b', 'a=1&b=undefined&'],
      ['b', 'a=1&b=undefined&'],
    ]);
  });
});

describe('parameters that were not signed, and should have been', () => {
  it('zeros, and false', () => {
    expect(signedTexts('zero-dropped', message({ a: '0', b: 'false', c: '00' }))).toEqual([
      ['a', 'b=false&c=00&'],
      ['a,b', 'c=00&'],
    ]);
  });

  it('those that are not documented, common groups, or one alone', () => {
    const about = message(
      { reqTime: '5', signType: 'MD5', version: '1.0', tenant: '7', empty: '' },
      { known: new Set(['reqTime', 'signType', 'version']) },
    );
    expect(signedTexts('parameter-left-out', about).slice(0, 5)).toEqual([
      ['tenant', 'reqTime=5&signType=MD5&version=1.0&'],
      ['signType', 'reqTime=5&tenant=7&version=1.0&'],
      ['signType,version', 'reqTime=5&tenant=7&'],
      ['reqTime,signType,version', 'tenant=7&'],
      ['reqTime', 'signType=MD5&tenant=7&version=1.0&'],
    ]);
    expect(narrowTexts('parameter-left-out', about).map(([names]) => names)).toEqual([
      'reqTime',
      'signType',
      'version',
      'tenant',
      'empty',
    ]);
    expect(signedTexts('parameter-left-out', message({ a: '1', signType: 'MD5' }))).toEqual([
      ['signType', 'a=1&'],
      ['a', 'signType=MD5&'],
      ['signType', 'a=1&'],
    ]);
  });

  it('signType and version that were not sent', () => {
    expect(signedTexts('parameter-missing', message({ a: '1' }))).toEqual([
      ['signType', 'a=1&signType=MD5&'],
      ['version', 'a=1&version=1.0&'],
      ['version', 'a=1&version=1.1&'],
    ]);
    expect(signedTexts('parameter-missing', message({ a: '1', version: '1.0' }))).toEqual([
      ['signType', 'a=1&signType=MD5&version=1.0&'],
    ]);
  });
});

describe('values that were signed as another text', () => {
  it('all that a change concerns, and each alone where there are several', () => {
    const about = message({ a: 'x y', b: 'z z', c: 'z', d: '' });
    expect(signedTexts('plus-became-space', about)).toEqual([
      ['a,b', 'a=x+y&b=z+z&c=z&'],
      ['a', 'a=x+y&b=z z&c=z&'],
      ['b', 'a=x y&b=z+z&c=z&'],
    ]);
    expect(narrowTexts('plus-became-space', about)).toHaveLength(2);
    expect(signedTexts('plus-became-space', message({ a: 'x y', c: 'z' }))).toEqual([['a', 'a=x+y&c=z&']]);
    expect(signedTexts('plus-became-space', TWO)).toEqual([]);
  });

  it.each<[MistakeCode, Record<string, string>, string[]]>([
    [
      'object-as-text',
      { a: '{"b":1}' },
      ['a=[object Object]&', 'a=Array&', "a={'b': '1'}&", 'a={b=1}&', 'a=map[b:1]&'],
    ],
    ['space-became-plus', { a: 'x+y+z' }, ['a=x y z&']],
    ['url-still-encoded', { a: 'x%20y' }, ['a=x y&', 'a=x y&', 'a=x y&']],
    ['value-trimmed', { a: ' x ' }, ['a=x&']],
    ['line-breaks', { a: 'x\r\ny\r\nz' }, ['a=x\ny\nz&']],
    ['line-breaks', { a: 'x\ny\r\nz' }, ['a=x\ny\nz&', 'a=x\r\ny\r\nz&']],
    [
      'time-unit',
      { xTime: '1716888889', xAt: '1716888889', Timer: '1716888889' },
      [
        'Timer=1716888889&xAt=1716888889000&xTime=1716888889000&',
        'Timer=1716888889&xAt=1716888889&xTime=1716888889000&',
        'Timer=1716888889&xAt=1716888889000&xTime=1716888889&',
      ],
    ],
    [
      'amount-unit',
      { Amount: '500', amounts: '500' },
      ['Amount=5&amounts=500&', 'Amount=5.00&amounts=500&', 'Amount=5.0&amounts=500&', 'Amount=50000&amounts=500&'],
    ],
  ])('%s: %j', (code, values, texts) => {
    expect(signedTexts(code, message(values)).map(([, text]) => text)).toEqual(texts);
  });

  it('text that was read in another character set', () => {
    expect(signedTexts('wrong-charset', message({ a: 'Ã©' }), 1)).toEqual([
      ['a', 'a=é&'],
      ['a', 'a=Ã\u0083Â©&'],
    ]);
  });

  it('JSON, and encoded values, in every form', () => {
    expect(signedTexts('json-rewritten', message({ a: '{ "b": 1 }' }))[0]).toEqual(['a', 'a={"b":1}&']);
    expect(signedTexts('url-decoded-twice', message({ a: 'x y' }))[0]).toEqual(['a', 'a=x%20y&']);
  });

  it('numbers that were given as such first, then those in texts, too', () => {
    const about = message({ a: 5, b: '6' });
    expect(signedTexts('number-rewritten', about)).toEqual([
      ['a', 'a=5.0&b=6&'],
      ['a', 'a=5.00&b=6&'],
      ['a,b', 'a=5.0&b=6.0&'],
      ['a', 'a=5.0&b=6&'],
      ['b', 'a=5&b=6.0&'],
      ['a,b', 'a=5.00&b=6.00&'],
      ['a', 'a=5.00&b=6&'],
      ['b', 'a=5&b=6.00&'],
    ]);
  });

  it('not as a text that takes long to hash, such as JSON of many levels on lines of their own', () => {
    const json = '['.repeat(100) + ']'.repeat(100);
    expect(JSON.stringify(JSON.parse(json), null, 2).length).toBeGreaterThan(8 * json.length + 64);
    expect(signedTexts('json-rewritten', message({ a: json })).map(([, text]) => text)).toEqual([
      `a=${json}&`,
      `a="${json}"&`,
    ]);
  });

  it('nothing, where an empty value is left', () => {
    expect(signedTexts('value-trimmed', message({ a: ' ', b: '1' }))).toEqual([['a', 'b=1&']]);
  });
});

describe('a value that was cut at an ampersand', () => {
  it('is put together again from what follows, where the documented names are known', () => {
    const about = message(
      { body: 'salt', ' pepper': '', more: 'x', reqTime: '5', rest: '', sign: 's' },
      { known: new Set(['body', 'reqTime']) },
    );
    const base = 'reqTime=5&sign=s&';
    expect(signedTexts('value-cut', about)).toEqual([
      ['body', `body=salt& pepper&more=x&${base}`],
      ['body', `body=salt& pepper=&more=x&${base}`],
      ['body', `body=salt& pepper&more=x&${base}`],
      ['body', `body=salt& pepper=&more=x&${base}`],
      ['reqTime', 'body=salt&more=x&reqTime=5&rest&sign=s&'],
      ['reqTime', 'body=salt&more=x&reqTime=5&rest=&sign=s&'],
    ]);
    expect(narrowTexts('value-cut', about)).toEqual([]);
  });

  it('is put together from the next parameter alone where they are not', () => {
    const about = message({ a: 'x', b: '', c: '2' });
    expect(signedTexts('value-cut', about)).toEqual([
      ['a', 'a=x&b&c=2&'],
      ['a', 'a=x&b=&c=2&'],
      ['b', 'a=x&b=&c=2&'],
      ['b', 'a=x&b=&c=2&'],
    ]);
    expect(narrowTexts('value-cut', about)).toHaveLength(4);
  });
});

describe('names that were signed in another spelling', () => {
  it('the documented one, extraParam, lower case, snake case', () => {
    const known = new Set(['mchNo', 'extParam']);
    expect(signedTexts('name-rewritten', message({ mch_no: '1', 'EXT-PARAM': '2', extParam: '3' }, { known }))).toEqual(
      [
        ['mch_no,EXT-PARAM', 'extParam=2&extParam=3&mchNo=1&'],
        ['extParam', 'EXT-PARAM=2&extraParam=3&mch_no=1&'],
        ['EXT-PARAM,extParam', 'ext-param=2&extparam=3&mch_no=1&'],
        ['EXT-PARAM,extParam', '_e_x_t-_p_a_r_a_m=2&ext_param=3&mch_no=1&'],
      ],
    );
    expect(signedTexts('name-rewritten', message({ extraParam: '1' }))[0]).toEqual(['extraParam', 'extParam=1&']);
    expect(signedTexts('name-rewritten', message({ a: '1' }, { known: new Set(['a']) }))).toEqual([]);
  });
});

describe('entries in another order', () => {
  it.each<[string, string]>([
    ['by name in ASCII order, upper case first', 'A=3&B=4&a=1&a0=2&b-x=5&'],
    ['as whole strings in ASCII order, upper case first', 'A=3&B=4&a0=2&a=1&b-x=5&'],
    ['case-insensitively by name alone', 'a=1&A=3&a0=2&B=4&b-x=5&'],
    ['by name with localeCompare', 'a=1&A=3&a0=2&B=4&b-x=5&'],
    ['as whole strings with localeCompare', 'a=1&A=3&a0=2&b-x=5&B=4&'],
    ['not at all', 'a=1&a0=2&A=3&B=4&b-x=5&'],
    ['backwards', 'b-x=5&B=4&a0=2&A=3&a=1&'],
  ])('%s', (detail, text) => {
    const about = message({ a: '1', a0: '2', A: '3', B: '4', 'b-x': '5' });
    const variant = variantsOf('sorted-otherwise', about).find((each) => each.detail === detail);
    expect(canonicalOf(variant!.apply(signingOf(about)))).toBe(text);
  });
});

describe('another secret', () => {
  it('of each other app', () => {
    const about = message({}, { otherSecrets: [{ app: 'app-b', secret: 'Other' }] });
    const [variant] = variantsOf('other-app-secret', about);
    expect(variant!.detail).toBe('app-b');
    expect(variant!.apply(signingOf(about)).secrets).toEqual([{ text: 'Other' }]);
  });

  it('without what is around it, and in it', () => {
    expect(secretsOf('secret-whitespace', '\ufeff \u200bSec ret\u200b\u2060\n')).toEqual([
      ['white space or a byte order mark around it', '\u200bSec ret\u200b\u2060'],
      ['an invisible character around it', ' \u200bSec ret\u200b\u2060\n'],
      ['white space in it', '\u200bSecret\u200b\u2060'],
    ]);
    expect(secretsOf('secret-whitespace', '\u200bSecret\u200d\u2060')[1]![1]).toBe('Secret');
    expect(secretsOf('secret-whitespace', ' ')[0]).toEqual(['white space or a byte order mark around it']);
  });

  it('with white space that the signer has around it', () => {
    expect(secretsOf('secret-whitespace', 'S', 1)).toEqual([
      ['a line feed after it', 'S\n'],
      ['CR LF after it', 'S\r\n'],
      ['a space after it', 'S '],
      ['a space before it', ' S'],
      ['spaces around it', ' S '],
      ['a tab after it', 'S\t'],
      ['a tab before it', '\tS'],
      ['a byte order mark before it', '\ufeffS'],
      ['a carriage return after it', 'S\r'],
      ['a line feed before it', '\nS'],
      ['a no-break space after it', 'S\u00a0'],
      ['a zero-width space after it', 'S\u200b'],
    ]);
  });

  it.each([
    ['"Sec\nret"', 'Sec\nret'],
    ["'Secret'", 'Secret'],
    ['"Secret\'', '"Secret\''],
    ['x"Secret"', 'x"Secret"'],
    ['"Secret"x', '"Secret"x'],
  ])('without quotes around it: %j', (given, text) => {
    expect(secretsOf('secret-quoted', given)[0]).toEqual(['this one', text]);
  });

  it('with quotes, or in another case', () => {
    expect(secretsOf('secret-quoted', 'S').slice(1)).toEqual([
      ['the signer', '"S"'],
      ['the signer', "'S'"],
    ]);
    expect(secretsOf('secret-case', 'Ss')).toEqual([
      ['in lower case', 'ss'],
      ['in upper case', 'SS'],
    ]);
  });

  it('keeps which of the live ones it comes from', () => {
    const [variant] = variantsOf('secret-case', TWO);
    expect(variant!.apply(signingOf(TWO)).secrets).toEqual([{ text: 'secret', index: 0 }]);
  });
});

describe('another digest', () => {
  it('without a secret', () => {
    expectDigests('key-missing', TWO, ['a=1&b=2&', 'a=1&b=2']);
    expect(variantsOf('key-missing', TWO)[0]!.apply(signingOf(TWO)).secrets).toEqual([{ text: '' }]);
  });

  it('with the secret in another place', () => {
    expectDigests('key-joined-otherwise', TWO, [
      'a=1&b=2Secret',
      'a=1&b=2&Secret',
      'a=1&b=2key=Secret',
      'a=1&b=2&key=Secret&',
      'a=1&b=2&secret=Secret',
      'a=1&b=2&appSecret=Secret',
      'a=1&b=2&KEY=Secret',
      'Secreta=1&b=2',
      'key=Secret&a=1&b=2',
      'Secreta=1&b=2Secret',
      'a=1&b=2&key=Secret',
      'a=1&b=2&key=Secret&',
    ]);
    const sorted = variantsOf('key-joined-otherwise', message({ z: '1' })).slice(-2);
    expect(sorted.map(({ detail }) => detail)).toEqual([
      'as a parameter, sorted among them',
      'as a parameter, sorted among them',
    ]);
    expect(digestOf(sorted[0]!.apply(signingOf(message({ z: '1' }), '$&x')))).toBe(
      createHash('md5').update('key=$&x&z=1').digest('hex'),
    );
  });

  it('with what HMAC-MD5 makes of it', () => {
    const hmacs = ['a=1&b=2&key=Secret', 'a=1&b=2', 'a=1&b=2&'].map((text) =>
      createHmac('md5', SECRET).update(text).digest('hex'),
    );
    expect(variantsOf('other-algorithm', TWO).map(({ apply }) => digestOf(apply(signingOf(TWO))))).toEqual(hmacs);
    expect(variantsOf('other-algorithm', TWO).map(({ detail }) => detail)).toEqual([
      'HMAC-MD5',
      'HMAC-MD5',
      'HMAC-MD5',
    ]);
  });

  it('of SHA-256 where the signature has 64 digits', () => {
    expect(LONG_MISTAKES.map(({ code }) => code)).toEqual(['other-algorithm']);
    const variants = [...LONG_MISTAKES[0]!.variants(TWO)];
    expect(variants.map(({ detail, apply }) => [detail, digestOf(apply(signingOf(TWO)))])).toEqual([
      ['SHA-256', createHash('sha256').update('a=1&b=2&key=Secret').digest('hex')],
      ...['a=1&b=2&key=Secret', 'a=1&b=2', 'a=1&b=2&'].map((text) => [
        'HMAC-SHA256',
        createHmac('sha256', SECRET).update(text).digest('hex'),
      ]),
    ]);
  });

  it('over other bytes than UTF-8', () => {
    const about = message({ a: 'é商\u{1f600}', b: '2' });
    expectDigests('wrong-charset', about, [
      Buffer.from('a=é??&b=2&key=Secret', 'latin1'),
      Buffer.from('a=é商\u{1f600}&b=2&key=Secret', 'latin1'),
      Buffer.from('a=é商\u{1f600}&b=2&key=Secret', 'utf16le'),
    ]);
    expect(variantsOf('wrong-charset', about).map(({ names, detail }) => [names, detail])).toEqual([
      [['a'], 'Latin-1'],
      [['a'], 'Latin-1'],
      [['a'], 'UTF-16'],
    ]);
    expect(variantsOf('wrong-charset', TWO)).toEqual([]);
  });

  it('over entries that were joined in another way, by their names', () => {
    const about = message({ b: '2', A: '1' });
    expectDigests('entries-joined-otherwise', about, ['A=1b=2key=Secret', 'A=1b=2Secret', 'A1b2Secret', '12Secret']);
    expect(variantsOf('entries-joined-otherwise', about).map(({ detail }) => detail)).toEqual([
      'without &',
      'without &',
      'without = and &',
      'without their names',
    ]);
  });
});
