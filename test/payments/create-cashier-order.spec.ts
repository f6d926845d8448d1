import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CreateCashierOrderDto } from '../../lib/payments/create-cashier-order.dto.js';
import { validateCashierOrder } from '../../lib/payments/validate-cashier-order.js';
import { normalFormsOf } from '../../lib/validation/normalize.js';
import { Pass2PayValidationError, type ValidationIssue } from '../../lib/errors/pass2pay.errors.js';
import { DOCUMENTED_ORDER as DOCUMENTED } from '../support/documented-order.js';

const OPTIONS = { currency: 'cny', allowReservedFields: false };
const WITH_RESERVED = { ...OPTIONS, allowReservedFields: true };

const FILLED_IN = ['mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign'];
const REQUIRED = ['mchOrderNo', 'amount', 'registerTime', 'custNo'] as const;

const minimal = { mchOrderNo: 'N1', amount: 100, registerTime: 1622016572190, custNo: 'C1' };

const validate = (order: unknown, options = OPTIONS) => validateCashierOrder(order, options);

function issuesOf(order: unknown, options = OPTIONS): readonly ValidationIssue[] {
  try {
    validate(order, options);
  } catch (error) {
    if (error instanceof Pass2PayValidationError) return error.issues;
    throw error;
  }
  return [];
}

function errorOf(order: unknown): Pass2PayValidationError {
  try {
    validate(order);
  } catch (error) {
    return error as Pass2PayValidationError;
  }
  throw new Error('nothing was thrown');
}

/** A short text for a test's title. */
const shown = (value: unknown) =>
  inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 30, maxArrayLength: 3 });

const ids = (length: number) => '3'.repeat(length);
const url = (length: number, start = 'https://shop.example/') => start.padEnd(length, 'p');
const nested = (depth: number) => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
};
const cyclic = () => {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
};
/** An object whose JSON text has exactly this many characters. */
const objectOf = (length: number) => ({ a: 'x'.repeat(length - '{"a":""}'.length) });

describe('CreateCashierOrderDto, against the documented page', () => {
  it('has every documented parameter but those that the module fills in', () => {
    const known = [...normalFormsOf(new CreateCashierOrderDto()).keys()];
    expect(known.toSorted()).toEqual([...Object.keys(DOCUMENTED), 'channelExtra'].toSorted());
  });

  it('takes every example of the table, all at once', () => {
    expect(validate(DOCUMENTED, WITH_RESERVED)).toEqual(DOCUMENTED);
  });

  it.each(Object.entries(DOCUMENTED))('takes the example of %s as it is: %p', (field, example) => {
    expect(validate({ ...minimal, [field]: example }, WITH_RESERVED)).toHaveProperty(field, example);
  });

  it('takes the values of the documented sample request, "" as not given', () => {
    const channelExtra = '{"authCode":"280812820366966512"}';
    const valid = validate({
      amount: 8,
      extParam: '',
      mchOrderNo: 'mho1624005107281',
      channelExtra,
      notifyUrl: 'https://www.paypass.com',
      currency: 'cny',
      returnUrl: '',
      registerTime: '1622016572190',
      custNo: 'C200492312',
    });
    expect(JSON.parse(JSON.stringify(valid))).toEqual({
      amount: 8,
      mchOrderNo: 'mho1624005107281',
      channelExtra,
      notifyUrl: 'https://www.paypass.com',
      currency: 'cny',
      registerTime: 1622016572190,
      custNo: 'C200492312',
    });
  });

  it('needs no more than the four required parameters, and fills in the currency of the options', () => {
    expect(validate(minimal, { ...OPTIONS, currency: 'hkd' })).toMatchObject({ ...minimal, currency: 'hkd' });
    expect(validate({ ...minimal, currency: 'usd' }, { ...OPTIONS, currency: 'hkd' }).currency).toBe('usd');
  });

  it('lists registerTime and custNo together when both are missing', () => {
    const { registerTime: _time, custNo: _customer, ...order } = minimal;
    const issues = issuesOf(order);
    expect(issues.map(({ field }) => field)).toEqual(['registerTime', 'custNo']);
    expect(issues[0]!.message).toMatch(/^registerTime is required: .*13-digit milliseconds or a Date, e\.g\. \d{13}$/);
    expect(issues[1]!.message).toMatch(/^custNo is required: .*e\.g\. C200492312$/);
  });

  it('has all issues in its message and the order number in its details', () => {
    expect(() => validate({ mchOrderNo: 'N7', amount: 0, currency: 'yuan' })).toThrow(
      expect.objectContaining({
        code: 'PASS2PAY_VALIDATION',
        retryable: false,
        mchOrderNo: 'N7',
        message: expect.stringMatching(/^amount .*; registerTime .*; custNo .*; currency /),
      }),
    );
  });
});

describe('the normal form', () => {
  const at = 1622016572190;
  it.each<[string, string, unknown, unknown]>([
    ['registerTime', 'a number', at, at],
    ['registerTime', 'a numeric string', String(at), at],
    ['registerTime', 'a Date', new Date(at), at],
    ['registerTime', 'the first of 13 digits', 1_000_000_000_000, 1_000_000_000_000],
    ['registerTime', 'the last of 13 digits', new Date(9_999_999_999_999), 9_999_999_999_999],
    ['currency', 'capitals', 'CNY', 'cny'],
    ['currency', 'mixed', 'Cny', 'cny'],
    ['amount', 'the least', 1, 1],
    ['amount', 'the greatest', 2_147_483_647, 2_147_483_647],
    ['mchOrderNo', '64 characters', 'n'.repeat(64), 'n'.repeat(64)],
    ['mchOrderNo', 'signs', 'a-b_c.d/e=f+g#h%', 'a-b_c.d/e=f+g#h%'],
    ['custNo', '64 characters', 'c'.repeat(64), 'c'.repeat(64)],
    ['custNo', 'an inner space', 'C 1', 'C 1'],
    ['wayCode', '30 characters', 'A'.repeat(30), 'A'.repeat(30)],
    ['subject', '64 emoji', '😀'.repeat(64), '😀'.repeat(64)],
    ['body', '256 characters', '衣'.repeat(256), '衣'.repeat(256)],
    ['userName', '64 characters', '张'.repeat(64), '张'.repeat(64)],
    ['mbrTel', '5 digits', '12345', '12345'],
    ['mbrTel', '20 digits', '1'.repeat(20), '1'.repeat(20)],
    ['mbrTel', 'a country code', '+8613812341234', '+8613812341234'],
    ['idNo', '15 digits', ids(15), ids(15)],
    ['idNo', '18 with an X', `${ids(17)}X`, `${ids(17)}X`],
    ['notifyUrl', '128 characters', url(128), url(128)],
    ['notifyUrl', 'plain http', 'http://shop.example/n', 'http://shop.example/n'],
    [
      'notifyUrl',
      'the tenant in its path',
      'https://shop.example/pay/t-7/notify',
      'https://shop.example/pay/t-7/notify',
    ],
    ['returnUrl', '128 characters', url(128), url(128)],
    ['returnUrl', 'a query and a fragment', 'https://shop.example/?a=1&b=2#c', 'https://shop.example/?a=1&b=2#c'],
    ['expiredTime', 'the least', 1, 1],
    ['expiredTime', 'less than the gateway’s 900', 899, 899],
    ['expiredTime', 'the greatest', 2_147_483_647, 2_147_483_647],
    ['extParam', '128 characters', 'e'.repeat(128), 'e'.repeat(128)],
    ['extParam', '128 emoji', '😀'.repeat(128), '😀'.repeat(128)],
    ['extParam', '"0"', '0', '0'],
    ['channelExtra', 'text, byte for byte', ' { "b" : 1,\n"a":"\\u4e2d" } ', ' { "b" : 1,\n"a":"\\u4e2d" } '],
    ['channelExtra', '256 characters of text', JSON.stringify(objectOf(256)), JSON.stringify(objectOf(256))],
    ['channelExtra', '256 emoji and signs', `{"a":"${'😀'.repeat(248)}"}`, `{"a":"${'😀'.repeat(248)}"}`],
    ['channelExtra', 'an object', { b: 1, a: { c: ['"', '中'] } }, '{"b":1,"a":{"c":["\\"","中"]}}'],
    ['channelExtra', 'an object of 256 characters', objectOf(256), JSON.stringify(objectOf(256))],
    ['channelExtra', 'text within an object, escaped once', { a: '{"b":1}' }, '{"a":"{\\"b\\":1}"}'],
    ['channelExtra', 'an empty object', {}, '{}'],
    ['channelExtra', 'a member named constructor', JSON.parse('{"constructor":5}'), '{"constructor":5}'],
    ['channelExtra', 'a member named __proto__', JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
    ['channelExtra', 'an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ])('%s: %s', (field, _what, given, normal) => {
    expect(validate({ ...minimal, [field]: given }, WITH_RESERVED)).toHaveProperty(field, normal);
  });

  const optional = Object.keys(DOCUMENTED).filter((field) => !(REQUIRED as readonly string[]).includes(field));
  it.each([...optional, 'channelExtra'].flatMap((field) => [null, '', undefined].map((empty) => [field, empty])))(
    '%s: %p counts as not given',
    (field, empty) => {
      const valid = validate({ ...minimal, [field as string]: empty });
      expect(JSON.stringify(valid)).toBe(JSON.stringify(validate(minimal)));
    },
  );
});

describe('what is refused, and in which words', () => {
  const BLANK = [' ', '\t\n', '　'];
  const textField = (field: string, max: number): [string, unknown, RegExp][] => [
    [field, 5, /is a number.*; send .*string/],
    [field, true, /is a boolean; send a string/],
    [field, ['x'], /is an array; send a string/],
    [field, { a: 'x' }, /is an object; send a string/],
    [field, JSON.parse('{"constructor":5}'), /is an object; send a string/],
    [field, new Date(0), /is an object; send a string/],
    [field, nested(20_000), /is an array; send a string/],
    ...BLANK.map((blank): [string, unknown, RegExp] => [field, blank, /is blank; send text/]),
    [field, 'x'.repeat(max + 1), new RegExp(`has ${max + 1} characters; send up to ${max}`)],
    [field, '😀'.repeat(max + 1), new RegExp(`has ${max + 1} characters; send up to ${max}`)],
    [field, '😀'.slice(0, 1), /contains half a character.*; truncate text between characters/],
  ];
  const echoedField = (field: string, max: number): [string, unknown, RegExp][] => [
    ...textField(field, max),
    [field, 'a&b', /contains "&", which would .*; remove it/],
    [field, 'E&mchNo=M1&state=2', /contains "&"/],
  ];
  const urlField = (field: string): [string, unknown, RegExp][] => [
    [field, 5, /is a number; send a URL as a string/],
    [field, ['https://shop.example'], /is an array; send a URL/],
    [field, 'shop.example/n', /is "shop\.example\/n"; send a URL that begins with http:\/\/ or https:\/\//],
    [field, '/n', /begins with http/],
    [field, ' https://shop.example', /begins with http/],
    [field, 'ftp://shop.example/n', /is "ftp:.*begins with http:\/\/ or https:\/\//],
    [field, 'HTTP://shop.example/n', /is "HTTP:.*begins with http:\/\/ or https:\/\/ in lower case/],
    [field, 'Https://shop.example/n', /in lower case/],
    [field, 'javascript:alert(1)//http://', /begins with http/],
    [field, 'https://', /not a valid URL; send an absolute URL/],
    [field, 'https://shop.example:99999/', /not a valid URL/],
    [field, 'https://shop.example/a b', /not a valid URL/],
    [field, 'https://shop.example/\n', /not a valid URL/],
    [field, url(129), /has 129 characters; send up to 128/],
  ];

  const REFUSED: [string, unknown, RegExp][] = [
    ...echoedField('mchOrderNo', 64),
    ['mchOrderNo', 20160427210604000490n, /is a bigint; send a string/],
    ['mchOrderNo', Number('20160427210604000490'), /may lose digits; send it as a string/],
    ['mchOrderNo', 'a b', /white space or a control character; send .* only/],
    ['mchOrderNo', 'a\n', /white space or a control character/],
    ['mchOrderNo', 'a\u0085', /white space or a control character/],
    ['amount', '100', /is the string "100"; send a number of minor units \(fen\), e\.g\. 10031 for 100\.31 yuan/],
    ['amount', '19.99', /is the string "19\.99"; send a number of minor units/],
    ['amount', 19.99, /is 19\.99, not an integer; .*send minor units/],
    ['amount', 0.1 + 0.2, /not an integer/],
    ['amount', 0, /is 0; send 1 to 2147483647/],
    ['amount', -1, /is -1; send 1 to 2147483647/],
    ['amount', 2_147_483_648, /is 2147483648; send 1 to 2147483647/],
    ['amount', Number.NaN, /is NaN; send a number of minor units/],
    ['amount', Number.POSITIVE_INFINITY, /is Infinity, .*send minor units/],
    ['amount', true, /is a boolean; send a number/],
    ['amount', 100n, /is a bigint; send a number/],
    ['amount', [100], /is an array; send a number/],
    ['amount', {}, /is an object; send a number/],
    ['currency', 'cn', /is "cn"; send a three-letter currency code, e\.g\. cny/],
    ['currency', 'cnyy', /is "cnyy"; send a three-letter/],
    ['currency', 'c1y', /is "c1y"; send a three-letter/],
    ['currency', ' cny', /three-letter/],
    ['currency', 'cny\n', /three-letter/],
    ['currency', 156, /is 156; send a three-letter/],
    ['currency', ['cny'], /is an array; send a three-letter/],
    [
      'registerTime',
      1622016572,
      /which is in seconds \(10 digits\); send milliseconds \(13 digits\), e\.g\. 1622016572000/,
    ],
    ['registerTime', '1622016572', /is in seconds/],
    ['registerTime', 1622016572190123, /is 1622016572190123; send 13-digit milliseconds or a Date/],
    ['registerTime', 1622016572190.5, /is 1622016572190\.5; send 13-digit/],
    ['registerTime', Number.NaN, /is NaN; send 13-digit milliseconds/],
    ['registerTime', Number.POSITIVE_INFINITY, /is Infinity; send 13-digit/],
    ['registerTime', -1622016572190, /send 13-digit/],
    ['registerTime', 0, /is 0; send 13-digit/],
    ['registerTime', '0622016572190', /is "0622016572190"; send 13-digit/],
    ['registerTime', '0000000000000', /send 13-digit/],
    ['registerTime', '１６２２０１６５７２１９０', /send 13-digit/],
    ['registerTime', ' 1622016572190', /send 13-digit/],
    ['registerTime', '1.62201657219e12', /send 13-digit/],
    ['registerTime', '16220', /is "16220"; send 13-digit milliseconds or a Date, e\.g\. 1622016572190$/],
    ['registerTime', '2021-05-26T08:09:32.190Z', /is "2021-05-26T.*; send 13-digit milliseconds: 1622016572190$/],
    ['registerTime', '1969-07-20T20:17:40Z', /; send 13-digit milliseconds or a Date/],
    ['registerTime', 'yesterday', /is "yesterday"; send 13-digit/],
    ['registerTime', new Date('no date'), /is an invalid Date; send a valid one, or 13-digit milliseconds/],
    ['registerTime', new Date(0), /is 1970-01-01T.*; send a time from 2001-09-09 to 2286-11-20/],
    ['registerTime', new Date(999_999_999_999), /which is out of range/],
    ['registerTime', new Date(10_000_000_000_000), /which is out of range/],
    ['registerTime', true, /is a boolean; send 13-digit/],
    ['registerTime', 1622016572190n, /is a bigint; send 13-digit/],
    ['registerTime', [1622016572190], /is an array; send 13-digit/],
    ['registerTime', { $date: 1622016572190 }, /is an object; send 13-digit/],
    ...textField('custNo', 64),
    ['wayCode', 'ali_qr', /is "ali_qr"; send a payment method's code in capitals .* e\.g\. ALI_QR/],
    ['wayCode', 'ALI QR', /is "ALI QR"; send/],
    ['wayCode', 'A'.repeat(31), /up to 30/],
    ['wayCode', 5, /is 5; send/],
    ['wayCode', ['ALI_QR'], /is an array; send/],
    ...textField('userName', 64),
    ['mbrTel', 13812341234, /is not a phone number; send a string of 5 to 20 digits, optionally with a leading \+/],
    ['mbrTel', '1234', /is not a phone number/],
    ['mbrTel', '1'.repeat(21), /is not a phone number/],
    ['mbrTel', '138 1234 1234', /is not a phone number/],
    ['mbrTel', '138-1234-1234', /is not a phone number/],
    ['mbrTel', '++8613812341234', /is not a phone number/],
    ['mbrTel', '13812341234\n', /is not a phone number/],
    ['mbrTel', ['13812341234'], /is not a phone number/],
    ...[14, 16, 17, 19].map((n): [string, unknown, RegExp] => ['idNo', ids(n), /send a string of 15 or 18 letters/]),
    ['idNo', 320681198603213, /is not an ID card number; send a string/],
    ['idNo', `${ids(17)}*`, /send a string of 15 or 18 letters/],
    ['idNo', `${ids(17)} `, /send a string of 15 or 18 letters/],
    ['idNo', [ids(18)], /send a string of 15 or 18 letters/],
    ...urlField('notifyUrl'),
    [
      'notifyUrl',
      'https://shop.example/n?t=1',
      /contains "\?", which breaks the notify's signature; put .* into the path/,
    ],
    ['notifyUrl', 'https://shop.example/n?', /contains "\?"/],
    ['notifyUrl', 'https://shop.example/n#t', /contains "#", which breaks .*; put .* into the path/],
    ['notifyUrl', 'https://shop.example/n#', /contains "#"/],
    ...urlField('returnUrl'),
    ['expiredTime', 0, /is 0; send a positive whole number of seconds, e\.g\. 3600/],
    ['expiredTime', -1, /is -1; send a positive/],
    ['expiredTime', 1.5, /is 1\.5; send a positive whole number/],
    ['expiredTime', '3600', /is "3600"; send a positive whole number/],
    ['expiredTime', Number.NaN, /is NaN; send a positive/],
    ['expiredTime', 2_147_483_648, /is 2147483648; send a positive/],
    ['expiredTime', true, /is a boolean; send a positive/],
    ['expiredTime', [3600], /is an array; send a positive/],
    ...echoedField('extParam', 128),
    ['channelExtra', [1], /is an array; send an object, or the text of a JSON object/],
    ['channelExtra', 5, /is a number; send an object/],
    ['channelExtra', true, /is a boolean; send an object/],
    ...['{', '[1]', '"a"', 'null', '5', '{a:1}', "{'a':1}", ' '].map((text): [string, unknown, RegExp] => [
      'channelExtra',
      text,
      /is not the text of a JSON object; send an object, or the result of JSON\.stringify/,
    ]),
    ['channelExtra', JSON.stringify(objectOf(257)), /has 257 characters; send up to 256/],
    ['channelExtra', objectOf(257), /has 257 characters; send up to 256/],
    ['channelExtra', '{"a":"\ud83d"}', /contains half a character/],
    ['channelExtra', new Date(0), /is not the text of a JSON object/],
    ['channelExtra', cyclic(), /is an object that JSON cannot represent; send plain data/],
    ['channelExtra', { a: 1n }, /is an object that JSON cannot represent/],
    ['channelExtra', { a: nested(20_000) }, /is an object that JSON cannot represent|has \d+ characters/],
    ['channelExtra', new Map([['a', 1]]), /is an object that JSON cannot represent/],
    ['channelExtra', Promise.resolve({ a: 1 }), /is an object that JSON cannot represent/],
    ['channelExtra', { toJSON: () => undefined }, /is an object that JSON cannot represent/],
    ...echoedField('subject', 64),
    ...echoedField('body', 256),
  ];
  const titled = REFUSED.map(([field, value, words]) => [field, shown(value), value, words] as const);
  it.each(titled)('%s: %s', (field, _title, value, words) => {
    const issues = issuesOf({ ...minimal, [field]: value }, WITH_RESERVED);
    expect(issues.map((issue) => issue.field)).toEqual([field]);
    expect(issues[0]!.message).toMatch(words);
    // What is wrong, then what to send.
    expect(issues[0]!.message).toMatch(new RegExp(`^${field} .+[;:] .+`, 's'));
    expect(issues[0]!.message.length).toBeLessThan(250);
  });

  it.each(REQUIRED.flatMap((field) => [undefined, null, ''].map((value) => [field, value] as const)))(
    '%s is required: %p is not enough',
    (field, value) => {
      const [issue, ...others] = issuesOf({ ...minimal, [field]: value });
      expect(others).toEqual([]);
      expect(issue).toEqual({ field, message: expect.stringMatching(`^${field} is required: .*e\\.g\\. `) });
    },
  );

  it.each(['subject', 'body'])('%s is reserved, unless the options allow it', (field) => {
    const order = { ...minimal, [field]: 'x' };
    expect(issuesOf(order)).toEqual([
      { field, message: expect.stringMatching(`^${field} is reserved by the gateway.*; leave it out, or set allow`) },
    ]);
    expect(validate(order, WITH_RESERVED)).toHaveProperty(field, 'x');
  });

  it.each(FILLED_IN)('%s is set by the module', (field) => {
    expect(issuesOf({ ...minimal, [field]: 'x' })).toEqual([
      { field, message: `${field} is set by the module; leave it out` },
    ]);
  });

  it.each(['custno', 'clientIp', 'storeId', 'extparam', '0', 'constructor', 'toString', 'hasOwnProperty', '__proto__'])(
    'a field named %s is not known',
    (field) => {
      const order: unknown = JSON.parse(JSON.stringify(minimal).replace('{', `{"${field}":"x",`));
      expect(issuesOf(order)).toEqual([{ field, message: expect.stringMatching(`^${field} is unknown; check`) }]);
    },
  );

  it('lists every unknown field and every issue of the known ones', () => {
    const issues = issuesOf({ amount: 0, foo: 1, sign: 'x', bar: 2 });
    expect(issues.map(({ field }) => field)).toEqual([
      'mchOrderNo',
      'amount',
      'registerTime',
      'custNo',
      'foo',
      'sign',
      'bar',
    ]);
  });

  it.each([[undefined], [null], [[]], [[minimal]], ['{}'], [5], [true], [() => minimal], [Symbol('x')]])(
    'refuses what is no object: %p',
    (order) => {
      expect(issuesOf(order)).toEqual([{ field: '', message: 'the body must be an object of parameters' }]);
    },
  );

  it('takes an object without a prototype, as a query parser makes it, and an instance of the class', () => {
    expect(validate(Object.assign(Object.create(null), minimal))).toMatchObject(minimal);
    expect(validate(Object.assign(new CreateCashierOrderDto(), minimal))).toMatchObject(minimal);
  });

  it('takes nothing from the prototype of what it is given', () => {
    expect(issuesOf(Object.create(minimal))).toHaveLength(REQUIRED.length);
  });
});

describe('for any input', () => {
  const anyJson = fc.jsonValue({ maxDepth: 4 });
  // A payer's data in another field is quoted, as any value is there.
  const { userName: _name, mbrTel: _phone, idNo: _id, ...IMPERSONAL } = DOCUMENTED;
  const anyOrder = fc.record(
    Object.fromEntries(
      [...Object.keys(DOCUMENTED), 'channelExtra', ...FILLED_IN, '__proto__', 'constructor', 'then', 'toJSON'].map(
        (field) => [field, fc.oneof(anyJson, fc.constantFrom(...Object.values(IMPERSONAL)))],
      ),
    ),
    { requiredKeys: [] },
  );
  const text = (max: number) =>
    fc
      .string({ minLength: 1, maxLength: max, unit: 'grapheme-ascii' })
      .filter((value) => value.trim() !== '' && !value.includes('&'));
  const validOrder = fc.record(
    {
      mchOrderNo: fc.stringMatching(/^[\w.-]{1,64}$/),
      amount: fc.integer({ min: 1, max: 2_147_483_647 }),
      currency: fc.constantFrom('cny', 'CNY', 'hkd'),
      registerTime: fc
        .integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 })
        .chain((at) => fc.constantFrom(at, String(at), new Date(at))),
      custNo: text(64),
      wayCode: fc.stringMatching(/^[A-Z_]{1,30}$/),
      userName: fc.oneof(text(64), fc.constant('')),
      mbrTel: fc.stringMatching(/^\d{5,20}$/),
      idNo: fc.stringMatching(/^\d{15}(\d{2}[\dX])?$/),
      notifyUrl: fc.stringMatching(/^https:\/\/shop\.example\/[a-z/]{0,40}$/),
      returnUrl: fc.constantFrom('', null, 'http://shop.example/?a=b'),
      expiredTime: fc.integer({ min: 1, max: 2_147_483_647 }),
      extParam: fc.oneof(text(128), fc.constant(null)),
      channelExtra: fc.oneof(
        fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 4 }),
        fc.constant(' {"a" : 1} '),
      ),
    },
    { requiredKeys: [...REQUIRED] },
  );

  it('throws nothing but Pass2PayValidationError', () => {
    fc.assert(
      fc.property(fc.oneof(anyJson, anyOrder, fc.anything()), (order) => {
        issuesOf(order);
      }),
      { numRuns: 1000 },
    );
  });

  it('names in each issue a field that was given or is required', () => {
    fc.assert(
      fc.property(anyOrder, (order) => {
        for (const { field, message } of issuesOf(order)) {
          expect([...Object.keys(order), ...REQUIRED]).toContain(field);
          expect(message.startsWith(`${field} `)).toBe(true);
        }
      }),
    );
  });

  it('does not change what it is given', () => {
    fc.assert(
      fc.property(fc.oneof(anyOrder, validOrder), (order) => {
        const before = inspect(order, { depth: 9 });
        issuesOf(order);
        expect(inspect(order, { depth: 9 })).toBe(before);
      }),
    );
  });

  it('takes a valid order, which it takes again and leaves as it is', () => {
    fc.assert(
      fc.property(validOrder, (order) => {
        const once = validate(order);
        expect(once).toMatchObject({ mchOrderNo: order.mchOrderNo, amount: order.amount, custNo: order.custNo });
        expect(validate(once)).toStrictEqual(once);
        // As plain JSON, for the orders that wait in a queue.
        expect(validate(JSON.parse(JSON.stringify(once)))).toEqual(once);
      }),
    );
  });

  it('only sends strings and numbers', () => {
    fc.assert(
      fc.property(validOrder, (order) => {
        for (const value of Object.values(validate(order))) expect(typeof value).toMatch(/^(string|number|undefined)$/);
      }),
    );
  });

  it('never quotes what a payer’s fields hold', () => {
    const personal = fc.stringMatching(/^QZ[A-Z0-9\u4e00-\u9fa5 &@-]{6,90}$/);
    const shapes = [
      (value: string) => value,
      (value: string) => [value],
      (value: string) => ({ value }),
      (value: string) => ({ [value]: 1 }),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom('userName', 'mbrTel', 'idNo'),
        personal,
        fc.constantFrom(...shapes),
        (field, value, shape) => {
          const error = errorOf({ ...minimal, custNo: undefined, [field]: shape(value) });
          expect(error.issues.length).toBeGreaterThan(0);
          expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain(value.slice(0, 8));
        },
      ),
      { numRuns: 500 },
    );
  });
});
