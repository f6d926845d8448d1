import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PAYMENT_NOTIFY_FIELDS } from '../../../lib/protocol/notify/notify-fields.js';
import type { SignableParams } from '../../../lib/protocol/signature/canonicalize.js';
import {
  describeDiagnosis,
  diagnoseSignature,
  type DiagnosisHints,
} from '../../../lib/protocol/diagnosis/diagnose-signature.js';
import { sign } from '../../../lib/protocol/signature/sign.js';

const SECRET = 'TESTKEY0123456789abcdefABCDEF';
const OTHER_SECRET = 'fedcbaOTHERKEY9876543210';

type Params = Record<string, unknown>;

/** A request of a merchant, with what merchants trip over: an empty value, a zero, an object, texts beyond ASCII. */
const REQUEST = {
  mchNo: 'M1621873433953',
  appId: '60cc09bce4b0f1c0b83761c9',
  version: '1.1',
  signType: 'MD5',
  reqTime: 1716870061123,
  mchOrderNo: '20260101-000001',
  amount: 10031,
  currency: 'cny',
  wayCode: 'ALI_QR',
  subject: '商品',
  body: '0',
  userName: 'Zoë Müller',
  notifyUrl: 'https://shop.example/pay/notify',
  extParam: '',
  channelExtra: '{"payDataType":"codeUrl","bankCode":"ICBC"}',
};

const NOTIFY = {
  payOrderId: 'P1795063328371040258',
  mchNo: 'M1621873433953',
  appId: '60cc09bce4b0f1c0b83761c9',
  mchOrderNo: '20260101-000001',
  amount: '10031',
  currency: 'cny',
  state: '2',
  subject: 'red shoes',
  body: 'two pairs',
  extParam: 'shop-7',
  createdAt: '1716870000123',
  reqTime: '1716870061123',
};

/* The signing of other programs, written here on its own. */
const md5 = (text: string | Buffer) => createHash('md5').update(text).digest('hex').toUpperCase();
const given = (params: Params) => Object.entries(params).filter(([, value]) => value !== '' && value != null);
const byText = ([a, x]: [string, unknown], [b, y]: [string, unknown]) =>
  `${a}=${String(x)}&`.toLowerCase() < `${b}=${String(y)}&`.toLowerCase() ? -1 : 1;
const joined = (entries: [string, unknown][]) => entries.map(([name, value]) => `${name}=${String(value)}&`).join('');
const sorted = (params: Params) => joined(given(params).toSorted(byText));
const signed = (params: Params, secret = SECRET) => md5(`${sorted(params)}key=${secret}`);
const signedAll = (params: Params) => md5(`${joined(Object.entries(params).toSorted(byText))}key=${SECRET}`);
const omit = (params: Params, ...names: string[]) =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)));
const mapped = (params: Params, change: (text: string) => string) =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, change(String(value))]));

const diagnose = (params: Params, signature: unknown, hints?: DiagnosisHints, secrets: string | string[] = SECRET) =>
  diagnoseSignature(params as SignableParams, signature, secrets, hints);

it('signs as the module does, where nothing is wrong', () => {
  expect(signed(REQUEST)).toBe(sign(REQUEST, SECRET));
});

interface Case {
  code: string;
  how: string;
  params?: Params;
  signature: string;
  parameter?: string;
  says?: string;
  hints?: DiagnosisHints;
  secret?: string;
}

const extra = JSON.parse(REQUEST.channelExtra) as Record<string, string>;
const notifyHints = { knownFields: PAYMENT_NOTIFY_FIELDS };
const withText = (text: string): Params => ({ ...NOTIFY, extParam: text });
/** The notify arrives with one text, and was signed with another. */
const texts = (arrived: string, original: string) => ({
  params: withText(arrived),
  signature: signed(withText(original)),
  parameter: 'extParam',
});
const nested = (channelExtra: string) => signed({ ...REQUEST, channelExtra });
const sortedBy = (compare: (a: [string, unknown], b: [string, unknown]) => number, params: Params) =>
  md5(`${joined(given(params).toSorted(compare))}key=${SECRET}`);
const less = (a: string, b: string) => (a < b ? -1 : 1);
/** Parameters that every order sorts in its own way. */
const UNSORTED = { a0: '1', a: '2', B: '3', 'b-x': '4', b_: '5', bX: '6', c: '7' };

const CASES: Case[] = [
  {
    code: 'sign-included',
    how: 'sign left in the parameters',
    params: { ...REQUEST, sign: signed(REQUEST) },
    signature: signed(REQUEST),
    parameter: 'sign',
  },
  {
    code: 'other-app-secret',
    how: 'the secret of another app',
    signature: signed(REQUEST, OTHER_SECRET),
    hints: { otherSecrets: { 'app-b': ['an older secret of it', OTHER_SECRET] } },
    says: 'app-b',
  },
  ...(
    [
      ['line feed', `${SECRET}\n`],
      ['CR LF', `${SECRET}\r\n`],
      ['space behind', `${SECRET} `],
      ['space before', ` ${SECRET}`],
      ['byte order mark', `\ufeff${SECRET}`],
      ['tab', `${SECRET}\t`],
    ] as const
  ).flatMap(([what, spaced]): Case[] => [
    {
      code: 'secret-whitespace',
      how: `${what}: the signer’s`,
      signature: signed(REQUEST, spaced),
      says: 'signer must',
    },
    { code: 'secret-whitespace', how: `${what}: ours`, signature: signed(REQUEST), secret: spaced, says: 'here has' },
  ]),
  {
    code: 'secret-whitespace',
    how: 'a zero-width space in ours',
    signature: signed(REQUEST),
    secret: `${SECRET}\u200b`,
    says: 'invisible',
  },
  { code: 'secret-quoted', how: 'quotes, ours', signature: signed(REQUEST), secret: `"${SECRET}"`, says: 'this one' },
  { code: 'secret-quoted', how: 'quotes, the signer’s', signature: signed(REQUEST, `'${SECRET}'`), says: 'the signer' },
  { code: 'secret-case', how: 'a secret in lower case', signature: signed(REQUEST, SECRET.toLowerCase()) },
  { code: 'empty-signed', how: 'an empty value', signature: signedAll(REQUEST), parameter: 'extParam' },
  {
    code: 'empty-signed',
    how: 'a null value as nothing',
    params: { ...REQUEST, extParam: null },
    signature: signedAll(REQUEST),
    parameter: 'extParam',
  },
  {
    code: 'empty-signed',
    how: 'a known parameter that was never sent',
    params: NOTIFY,
    signature: signedAll({ ...NOTIFY, errMsg: '' }),
    hints: notifyHints,
    parameter: 'errMsg',
  },
  {
    code: 'null-as-text',
    how: 'undefined, of a parameter that was never sent',
    params: NOTIFY,
    signature: signed({ ...NOTIFY, errMsg: 'undefined' }),
    hints: notifyHints,
    parameter: 'errMsg',
    says: '“undefined”',
  },
  {
    code: 'null-as-text',
    how: 'null',
    params: { ...REQUEST, extParam: null },
    signature: signed({ ...REQUEST, extParam: 'null' }),
    parameter: 'extParam',
    says: '“null”',
  },
  {
    code: 'null-as-text',
    how: 'the sign that is still undefined',
    signature: signed({ ...REQUEST, sign: 'undefined' }),
    parameter: 'sign',
  },
  { code: 'zero-dropped', how: 'PHP’s empty()', signature: signed(omit(REQUEST, 'body')), parameter: 'body' },
  ...[
    '[object Object]',
    'Array',
    '{payDataType=codeUrl, bankCode=ICBC}',
    "{'payDataType': 'codeUrl', 'bankCode': 'ICBC'}",
    'map[bankCode:ICBC payDataType:codeUrl]',
  ].map((text): Case => ({
    code: 'object-as-text',
    how: `channelExtra as ${text}`,
    signature: nested(text),
    parameter: 'channelExtra',
  })),
  {
    code: 'object-as-text',
    how: 'an object that was sent as such',
    params: { ...REQUEST, channelExtra: extra },
    signature: signed({ ...REQUEST, channelExtra: extra }),
    parameter: 'channelExtra',
  },
  ...[
    ['re-ordered', '{"bankCode":"ICBC","payDataType":"codeUrl"}'],
    ['spaced as Python does', '{"payDataType": "codeUrl", "bankCode": "ICBC"}'],
    ['pretty', JSON.stringify(extra, null, 2)],
    ['a text in a text', JSON.stringify(REQUEST.channelExtra)],
  ].map(([how, text]): Case => ({
    code: 'json-rewritten',
    how: `JSON ${how}`,
    signature: nested(text!),
    parameter: 'channelExtra',
  })),
  {
    code: 'json-rewritten',
    how: 'JSON escaped as PHP does',
    params: { ...REQUEST, channelExtra: '{"url":"https://shop.example/你"}' },
    signature: nested('{"url":"https:\\/\\/shop.example\\/\\u4f60"}'),
    parameter: 'channelExtra',
  },
  ...(
    [
      ['by name in ASCII', ([a], [b]) => less(a, b)],
      ['whole strings in ASCII', ([a, x], [b, y]) => less(`${a}=${String(x)}&`, `${b}=${String(y)}&`)],
      ['case-insensitively by name alone', ([a], [b]) => less(a.toLowerCase(), b.toLowerCase())],
      ['by name with localeCompare', ([a], [b]) => a.localeCompare(b, 'en')],
      ['not at all', () => 0],
      ['backwards', ([a], [b]) => less(b.toLowerCase(), a.toLowerCase())],
    ] as [string, (a: [string, unknown], b: [string, unknown]) => number][]
  ).map(([says, compare]): Case => ({
    code: 'sorted-otherwise',
    how: says,
    params: UNSORTED,
    signature: sortedBy(compare, UNSORTED),
    says: says.split(' in ')[0]!,
  })),
  {
    code: 'parameter-left-out',
    how: 'signType',
    signature: signed(omit(REQUEST, 'signType')),
    parameter: 'signType',
  },
  {
    code: 'parameter-left-out',
    how: 'signType and version',
    signature: signed(omit(REQUEST, 'signType', 'version')),
    says: 'signType, version',
  },
  {
    code: 'parameter-left-out',
    how: 'parameters of the notifyUrl',
    params: { tenant: 'seven', shop: 'north', ...NOTIFY },
    signature: signed(NOTIFY),
    hints: notifyHints,
    says: 'tenant, shop',
  },
  {
    code: 'parameter-missing',
    how: 'signType signed, and not sent',
    params: omit(REQUEST, 'signType'),
    signature: signed(REQUEST),
    parameter: 'signType',
  },
  { code: 'plus-became-space', how: 'a + became a space', ...texts('a b', 'a+b') },
  { code: 'space-became-plus', how: 'a space became a +', ...texts('a+b', 'a b') },
  { code: 'url-decoded-twice', how: 'a percent sign decoded twice', ...texts('100% off', '100%25 off') },
  { code: 'url-decoded-twice', how: 'a plus decoded twice', ...texts('1+1', '1%2B1') },
  {
    code: 'url-decoded-twice',
    how: 'all values encoded before signing',
    signature: signed(mapped(REQUEST, encodeURIComponent)),
  },
  {
    code: 'url-decoded-twice',
    how: 'all values form-encoded before signing',
    signature: signed(mapped(REQUEST, (text) => new URLSearchParams({ x: text }).toString().slice(2))),
  },
  {
    code: 'url-still-encoded',
    how: 'values that nobody decoded',
    params: mapped(REQUEST, encodeURIComponent),
    signature: signed(REQUEST),
  },
  {
    code: 'url-still-encoded',
    how: 'a value encoded twice',
    ...texts(encodeURIComponent('你 & me'), '你 & me'),
  },
  {
    code: 'value-cut',
    how: 'an ampersand in the body',
    params: { mchNo: 'M1', body: 'salt', ' pepper': '', more: 'x', reqTime: '5' },
    signature: signed({ mchNo: 'M1', body: 'salt& pepper&more=x', reqTime: '5' }),
    hints: notifyHints,
    parameter: 'body',
  },
  {
    code: 'value-cut',
    how: 'an ampersand, without the known names',
    params: { mchNo: 'M1', body: 'salt', pepper: '' },
    signature: signed({ mchNo: 'M1', body: 'salt&pepper' }),
    parameter: 'body',
  },
  { code: 'key-missing', how: 'no secret', signature: md5(sorted(REQUEST).slice(0, -1)) },
  { code: 'key-missing', how: 'no secret, a last &', signature: md5(sorted(REQUEST)) },
  ...[
    `${sorted(REQUEST).slice(0, -1)}${SECRET}`,
    `${sorted(REQUEST)}${SECRET}`,
    `${sorted(REQUEST).slice(0, -1)}key=${SECRET}`,
    `${sorted(REQUEST)}key=${SECRET}&`,
    `${sorted(REQUEST)}secret=${SECRET}`,
    `${SECRET}${sorted(REQUEST).slice(0, -1)}`,
    sorted({ ...REQUEST, key: SECRET }),
    sorted({ ...REQUEST, key: SECRET }).slice(0, -1),
  ].map((text, i): Case => ({ code: 'key-joined-otherwise', how: `way ${i}`, signature: md5(text) })),
  ...[`${sorted(REQUEST)}key=${SECRET}`, sorted(REQUEST).slice(0, -1)].flatMap((text): Case[] => [
    {
      code: 'other-algorithm',
      how: `HMAC-MD5 over ${text.length} characters`,
      signature: createHmac('md5', SECRET).update(text).digest('hex'),
      says: 'HMAC-MD5',
    },
    {
      code: 'other-algorithm',
      how: `HMAC-SHA256 over ${text.length} characters`,
      signature: createHmac('sha256', SECRET).update(text).digest('hex'),
      says: 'HMAC-SHA256',
    },
  ]),
  {
    code: 'other-algorithm',
    how: 'SHA-256',
    signature: createHash('sha256')
      .update(`${sorted(REQUEST)}key=${SECRET}`)
      .digest('hex'),
    says: 'SHA-256',
  },
  {
    code: 'wrong-charset',
    how: 'Latin-1 bytes',
    params: { ...NOTIFY, subject: 'Zoë' },
    signature: md5(Buffer.from(`${sorted({ ...NOTIFY, subject: 'Zoë' })}key=${SECRET}`, 'latin1')),
    parameter: 'subject',
  },
  {
    code: 'wrong-charset',
    how: 'question marks for Chinese',
    params: { ...NOTIFY, subject: '你好' },
    signature: signed({ ...NOTIFY, subject: '??' }),
    parameter: 'subject',
  },
  {
    code: 'wrong-charset',
    how: 'UTF-8 read as Latin-1 here',
    params: { ...NOTIFY, subject: Buffer.from('你好').toString('latin1') },
    signature: signed({ ...NOTIFY, subject: '你好' }),
    parameter: 'subject',
  },
  {
    code: 'number-rewritten',
    how: '10031.0',
    signature: signed({ ...REQUEST, amount: '10031.0' }),
    parameter: 'amount',
  },
  {
    code: 'number-rewritten',
    how: '1 for 1.0',
    params: { ...REQUEST, amount: '8.0' },
    signature: signed({ ...REQUEST, amount: '8' }),
    parameter: 'amount',
  },
  {
    code: 'number-rewritten',
    how: 'doubles, as Java writes them',
    signature: signed({ ...REQUEST, amount: '10031.0', reqTime: '1.716870061123E12' }),
    says: 'reqTime, amount',
  },
  {
    code: 'number-rewritten',
    how: 'doubles, as Go writes them',
    signature: signed({ ...REQUEST, reqTime: '1.716870061123e+12' }),
    parameter: 'reqTime',
  },
  { code: 'amount-unit', how: 'yuan', signature: signed({ ...REQUEST, amount: '100.31' }), parameter: 'amount' },
  {
    code: 'amount-unit',
    how: 'fen for yuan',
    params: { ...REQUEST, amount: '100.31' },
    signature: signed(REQUEST),
    parameter: 'amount',
  },
  { code: 'time-unit', how: 's for ms', signature: signed({ ...REQUEST, reqTime: 1716870061 }), parameter: 'reqTime' },
  {
    code: 'name-rewritten',
    how: 'extraParam for extParam',
    params: NOTIFY,
    signature: signed({ ...omit(NOTIFY, 'extParam'), extraParam: NOTIFY.extParam }),
    parameter: 'extParam',
  },
  {
    code: 'name-rewritten',
    how: 'another case than documented',
    params: { ...omit(NOTIFY, 'extParam'), ext_param: NOTIFY.extParam },
    signature: signed(NOTIFY),
    hints: notifyHints,
    parameter: 'ext_param',
  },
  {
    code: 'entries-joined-otherwise',
    how: 'values alone',
    signature: md5(
      given(REQUEST)
        .toSorted(byText)
        .map(([, value]) => String(value))
        .join('') + SECRET,
    ),
  },
  { code: 'value-trimmed', how: 'spaces cut off', ...texts(' shop-7 ', 'shop-7') },
  { code: 'line-breaks', how: 'CRLF for LF', ...texts('one\ntwo', 'one\r\ntwo') },
  { code: 'line-breaks', how: 'LF for CRLF', ...texts('one\r\ntwo', 'one\ntwo') },
];

describe('diagnoseSignature names the mistake', () => {
  it.each(CASES)('$code: $how', ({ code, params = REQUEST, signature, parameter, says = '', hints, secret }) => {
    const diagnosis = diagnose(params, signature, hints, secret);
    expect(diagnosis.verifies).toBe(false);
    expect(diagnosis.causes).toEqual([
      { code, message: expect.stringContaining(says) as unknown, ...(parameter !== undefined && { parameter }) },
    ]);
    expect(diagnosis.causes[0]!.message).toMatch(/^\S.*\.$/);
    expect(diagnosis.causes[0]!.message).not.toMatch(/[{}]|undefined(?!”)/);
    if (parameter !== undefined) expect(diagnosis.causes[0]!.message).toContain(parameter);
  });

  it('finds the same in lower-case hex', () => {
    for (const { code, params = REQUEST, signature, hints, secret } of CASES) {
      expect(diagnose(params, signature.toLowerCase(), hints, secret).causes[0]).toMatchObject({ code });
    }
  });

  it('says which live secret was meant', () => {
    const signature = signed(omit(REQUEST, 'body'), OTHER_SECRET);
    expect(diagnose(REQUEST, signature, {}, [SECRET, OTHER_SECRET])).toMatchObject({ matchedSecret: 1 });
    const others = { otherSecrets: { 'app-b': OTHER_SECRET } };
    expect(diagnose(REQUEST, signed(REQUEST, OTHER_SECRET), others)).not.toHaveProperty('matchedSecret');
    expect(diagnose(REQUEST, md5(sorted(REQUEST)))).not.toHaveProperty('matchedSecret');
  });
});

describe('diagnoseSignature on two mistakes', () => {
  const codes = (params: Params, signature: string, hints?: DiagnosisHints) =>
    diagnose(params, signature, hints)
      .causes.map((cause) => cause.code)
      .toSorted();

  const othersHint = { otherSecrets: { b: OTHER_SECRET } };
  const mixed = { ...UNSORTED, Z: '', y: '' };
  const undefinedTexts = { ...REQUEST, subject: 'undefined', extParam: 'undefined', channelExtra: extra };
  it.each<[string, string[], Params, string]>([
    [
      'unify-z: ASCII names, empty values signed, lower case',
      ['empty-signed', 'sorted-otherwise'],
      { ...mixed, y: null },
      md5(`${joined(Object.entries(mixed).toSorted(([a], [b]) => less(a, b)))}key=${SECRET}`).toLowerCase(),
    ],
    [
      'the JavaScript sample: undefined and an object',
      ['null-as-text', 'object-as-text'],
      { ...REQUEST, extParam: undefined, channelExtra: extra },
      signed({ ...undefinedTexts, subject: REQUEST.subject }),
    ],
    [
      'the JavaScript sample: several undefined and an object',
      ['null-as-text', 'object-as-text'],
      { ...REQUEST, subject: undefined, extParam: undefined, channelExtra: extra },
      signed(undefinedTexts),
    ],
    [
      'the PHP sample, with a line feed after the secret',
      ['secret-whitespace', 'zero-dropped'],
      REQUEST,
      signed(omit(REQUEST, 'body'), `${SECRET}\n`),
    ],
    [
      'another app’s secret, empty values signed',
      ['empty-signed', 'other-app-secret'],
      REQUEST,
      md5(`${joined(Object.entries(REQUEST).toSorted(byText))}key=${OTHER_SECRET}`),
    ],
    [
      'a key without &, a zero dropped',
      ['key-joined-otherwise', 'zero-dropped'],
      REQUEST,
      md5(`${sorted(omit(REQUEST, 'body')).slice(0, -1)}${SECRET}`),
    ],
    [
      'signed without signType, white space around the secret',
      ['parameter-left-out', 'secret-whitespace'],
      REQUEST,
      signed(omit(REQUEST, 'signType'), `${SECRET}\r\n`),
    ],
  ])('%s', (_how, expected, params, signature) => {
    expect(codes(params, signature, othersHint)).toEqual(expected);
  });
});

describe('the samples of the documents', () => {
  it('Go: lower-case hex, which verifies', () => {
    expect(diagnose(REQUEST, signed(REQUEST).toLowerCase())).toEqual({
      verifies: true,
      matchedSecret: 0,
      causes: [{ code: 'lower-case', message: expect.stringContaining('upper case') as unknown }],
    });
  });

  it('unify-z: on a documented message its order does no harm', () => {
    const entries = Object.entries(REQUEST).toSorted(([a], [b]) => less(a, b));
    const { causes } = diagnose(REQUEST, md5(`${joined(entries)}key=${SECRET}`).toLowerCase());
    expect(causes.map((cause) => cause.code)).toEqual(['empty-signed']);
  });
});

describe('diagnoseSignature on what is no signature', () => {
  it.each([undefined, null, '', '  ', 5, {}, ['x']])('%p: missing', (signature) => {
    expect(diagnose(REQUEST, signature)).toMatchObject({ verifies: false, causes: [{ code: 'signature-missing' }] });
  });

  it.each(['short', 'Z'.repeat(32), 'a'.repeat(31), 'a'.repeat(40), 'a'.repeat(64)])('%s: malformed', (signature) => {
    expect(diagnose(REQUEST, signature).causes.map((cause) => cause.code)).toEqual(['signature-malformed']);
  });

  it('tells white space around a signature from a wrong one', () => {
    const codes = (signature: string) => diagnose(REQUEST, signature).causes.map((cause) => cause.code);
    expect(codes(` ${signed(REQUEST)}\n`)).toEqual(['signature-spaced']);
    expect(codes(`${signed(omit(REQUEST, 'body'))}\n`)).toEqual(['zero-dropped', 'signature-spaced']);
  });

  it('says what to check where no mistake explains the signature', () => {
    const { causes } = diagnose(REQUEST, signed({ ...REQUEST, amount: 1 }));
    expect(causes).toEqual([{ code: 'unknown', message: expect.stringMatching(/secret.*value/) as unknown }]);
  });

  it('does not diagnose what is too large', () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`n${i}`, i]));
    for (const params of [many, { body: 'x'.repeat(5_001) }]) {
      expect(diagnose(params, '0'.repeat(32)).causes[0]).toMatchObject({ code: 'too-large' });
      expect(diagnose(params, signed(params)).verifies).toBe(true);
    }
  });

  it.each([
    ['NaN', Number.NaN],
    ['a Date', new Date(0)],
    ['a function', () => 1],
    [
      'an object that refuses',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
  ])('names a value that cannot be signed: %s', (_what, value) => {
    expect(diagnose({ amount: value }, '0'.repeat(32)).causes[0]).toMatchObject({
      code: 'value-unsignable',
      parameter: 'amount',
    });
  });

  it.each([[''], [[]], [['', SECRET]]])('refuses to work with the secrets %j', (secrets) => {
    expect(() => diagnose(REQUEST, '', {}, secrets)).toThrow(TypeError);
    expect(() => diagnose({ amount: Number.NaN }, '', {}, secrets)).toThrow(TypeError);
  });
});

describe('describeDiagnosis', () => {
  it('is one line', () => {
    const wrong = diagnose(REQUEST, `${signed(omit(REQUEST, 'body'), `${SECRET}\n`)} `);
    expect(wrong.causes).toHaveLength(3);
    const line = describeDiagnosis(wrong);
    expect(line).toMatch(/^The signature does not verify\. .*body.*\.$/);
    for (const { message } of wrong.causes) expect(line).toContain(message);
    expect(describeDiagnosis(diagnose(REQUEST, signed(REQUEST)))).toBe('The signature verifies.');
  });
});

describe('for any message', () => {
  const NAMES = ['amount', 'body', 'channelExtra', 'extParam', 'reqTime', 'sign', 'sub_ject', 'b0', 'a b', '"x"'];
  const scalar = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('0', '', ' a ', '1+1', 'x%20y', '1716870061123', '8.0', '你好', '{"b":1,"a":[{}]}', 'a\r\nb'),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, undefined),
  );
  const messages = fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(scalar, fc.object({ maxDepth: 2 })));

  const VARIANTS = CASES.filter(({ params }) => params === undefined || 'mchNo' in params);

  it('tells neither a secret, nor a value, nor the signature', () => {
    const values = fc.uniqueArray(fc.stringMatching(/^[a-z0-9 +%{}&=]{0,12}$/), { minLength: 4, maxLength: 4 });
    const mistakes: ((params: Params, secret: string) => string)[] = [
      (params) => signed(params),
      (params, secret) => signed(params, secret),
      (params) => signed(omit(params, 'subject')),
      (params) => signed(mapped(params, encodeURIComponent)),
      (params) => signed({ ...params, errMsg: 'undefined' }),
      (params) => md5(sorted(params)),
      () => md5('anything'),
    ];
    const names = fc.constantFrom('tail', 'a.b', 'x y', 'café', 'lines\nbroken');
    const property = fc.property(
      values,
      names,
      fc.constantFrom(...mistakes),
      fc.boolean(),
      (texts4, odd, mistake, hint) => {
        // Marked, so that no value is an English word by chance.
        const [subject, body, extParam, rest] = texts4.map((text) => `¤${text}¤`) as [string, string, string, string];
        const params = { mchNo: 'M16218', subject, body, extParam, [odd]: rest, [`q7${rest}`]: 'q7z9' };
        const secrets = [SECRET, ' spaced secret 77 '];
        const otherSecrets = { 'app-b': OTHER_SECRET, [OTHER_SECRET]: 'third secret 4455', M16218: 'fourth secret 66' };
        for (const secret of [secrets[1]!, OTHER_SECRET, 'third secret 4455', 'fourth secret 66']) {
          const diagnosis = diagnose(
            params,
            mistake(params, secret),
            hint ? { ...notifyHints, otherSecrets } : {},
            secrets,
          );
          const shown = `${JSON.stringify(diagnosis)}\n${describeDiagnosis(diagnosis)}`;
          const hidden = [...secrets, ...Object.values(otherSecrets), OTHER_SECRET, ...Object.values(params)];
          for (const text of hidden.filter((value) => value.length >= 4)) expect(shown).not.toContain(text);
          for (const text of [...secrets, OTHER_SECRET]) expect(shown).not.toContain(text.trim().slice(0, 6));
          expect(shown.toUpperCase()).not.toContain(signed(params));
          expect(describeDiagnosis(diagnosis)).not.toContain('\n');
        }
      },
    );
    fc.assert(property, { numRuns: 60 });
  });

  it('tells no value or secret in any of the cases above', () => {
    for (const { params = REQUEST, signature, hints, secret = SECRET } of VARIANTS) {
      const shown = JSON.stringify(diagnose(params, signature, hints, secret));
      const hidden = Object.values(omit(params, 'sign', 'signType', 'currency')).filter(
        (value) => typeof value === 'string' && value.length > 3,
      );
      for (const text of [...hidden.map(String), SECRET, OTHER_SECRET, signature]) expect(shown).not.toContain(text);
    }
  });

  it('throws nothing', () => {
    const hostile = fc.oneof(messages, fc.anything(), fc.dictionary(fc.string(), fc.anything()));
    const hints = fc.constantFrom({}, { ...notifyHints, otherSecrets: { a: '', b: ['x'] } });
    const signature = fc.oneof(fc.anything(), fc.constantFrom('0'.repeat(32), 'f'.repeat(64)));
    fc.assert(
      fc.property(hostile, signature, fc.constantFrom(SECRET, ' '), hints, (params, text, secret, hint) => {
        const diagnosis = diagnose(params as Params, text, hint, secret);
        expect(typeof describeDiagnosis(diagnosis)).toBe('string');
        expect(diagnosis.verifies || diagnosis.causes.length > 0).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('lets a right signature be', () => {
    const signable = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null)));
    fc.assert(
      fc.property(signable, fc.boolean(), (params, lower) => {
        const signature = sign(params, SECRET);
        const diagnosis = diagnose(params, lower ? signature.toLowerCase() : signature, {}, [OTHER_SECRET, SECRET]);
        expect(diagnosis).toMatchObject({ verifies: true, matchedSecret: 1 });
        expect(diagnosis.causes.map((cause) => cause.code)).toEqual(lower ? ['lower-case'] : []);
      }),
    );
  });

  it('knows the official vectors', () => {
    const { vectors } = JSON.parse(
      readFileSync(new URL('../../fixtures/signature-vectors.json', import.meta.url), 'utf8'),
    ) as { vectors: { key: string; sign: string; entries: { k: string; javaString: string | null }[] }[] };
    for (const { key, entries, sign: signature } of vectors) {
      const params = Object.fromEntries(entries.map((entry) => [entry.k, entry.javaString]));
      expect(diagnose(params, signature, {}, key)).toEqual({ verifies: true, matchedSecret: 0, causes: [] });
    }
  });
});
