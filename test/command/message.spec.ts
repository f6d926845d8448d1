import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../sandbox/command/errors.js';
import { shellQuote } from '../../sandbox/command/message/shell-words.js';
import { MESSAGE_FORMATS, readMessage } from '../../sandbox/command/message/message.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { verify } from '../../lib/protocol/signature/verify.js';

const SECRET = 'TESTKEY0123456789abcdefABCDEF';

describe('a message is read', () => {
  it('from JSON, with the digits of its numbers as they were given', () => {
    const { params, sign: given, format } = readMessage('{"a":0.30,"b":1E+3,"c":9007199254740993,"d":null,"sign":"X"}');
    expect({ params, given, format }).toEqual({
      params: { a: '0.30', b: '1E+3', c: '9007199254740993', d: null },
      given: 'X',
      format: 'json',
    });
  });

  it('from an answer’s envelope: its sign signs data alone', () => {
    const { params, sign: given, notes } = readMessage('{"code":0,"msg":"SUCCESS","data":{"a":"1"},"sign":"X"}');
    expect({ params, given }).toEqual({ params: { a: '1' }, given: 'X' });
    expect(notes[0]).toContain('envelope');
  });

  it('from a form, a URL and curl', () => {
    const params = { a: '1 2', b: '商', c: '' };
    const form = 'a=1+2&b=%E5%95%86&c=&sign=X';
    for (const text of [
      form,
      `${form}\n`,
      `https://x/notify?${form}#f`,
      `curl https://x/ -d '${form}'`,
      `curl 'https://x/?${form}'`,
    ]) {
      expect(readMessage(text)).toMatchObject({ params, sign: 'X' });
    }
  });

  it('and its user is told what looks wrong', () => {
    expect(readMessage('{"channelExtra":{"b":1,"a":2}}').notes[0]).toContain('send it as JSON text');
    const { notes, params } = readMessage(`curl 'https://x/?y=1' -d '{"a":1}'`);
    expect(params).toEqual({ a: '1' });
    expect(notes).toEqual([expect.stringContaining('sends it as a form'), expect.stringContaining('only the body')]);
  });

  it.each([
    ['', 'There is no message'],
    ['  \n', 'There is no message'],
    ['hello', 'neither a JSON object'],
    ['{"a":1', 'JSON object'],
    ['{"a":1,"a":2}', 'unique member names'],
    [`{"a":${'['.repeat(100_000)}`, 'JSON object'],
    ['a=1&a=2', 'contains "a" twice'],
    ['=1&a=2', 'neither'],
    ['a=%zz', 'invalid percent escape in "a"'],
    ['https://x/notify', 'no query string'],
    ['curl https://x/ -F a=1', 'multipart'],
  ])('%.30s is refused', (text, message) => {
    expect(() => readMessage(text)).toThrow(UsageError);
    expect(() => readMessage(text)).toThrow(message);
  });
});

// Half of a surrogate pair has no UTF-8 form, and a URL cannot carry it.
const text = fc.string({ unit: 'grapheme' });
const names = fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => name !== 'sign');
const fields = fc.dictionary(names, text, { minKeys: 1 });

describe('what is signed verifies when it is read again', () => {
  it('as JSON', () => {
    const value = fc.oneof(
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    fc.assert(
      fc.property(fc.dictionary(names, value, { minKeys: 1 }), (object) => {
        const message = readMessage(JSON.stringify(object), 'json');
        fc.pre(!message.notes.some((note) => note.includes('envelope')));
        const again = readMessage(message.signedWith(sign(message.params, SECRET)), 'json');
        expect(again.params).toEqual(message.params);
        expect(verify(again.params, again.sign, SECRET)).toBe(true);
      }),
    );
  });

  it.each([
    ['form', (form: string) => form],
    ['url', (form: string) => `https://shop.example/notify?${form}`],
    ['curl', (form: string) => ['curl', 'https://shop.example/notify', '-d', form].map(shellQuote).join(' ')],
  ] as const)('as %s', (format, write) => {
    fc.assert(
      fc.property(fields, (given) => {
        const message = readMessage(write(new URLSearchParams(given).toString()), format);
        expect(message.params).toEqual({ ...given });
        const signed = message.signedWith(sign(message.params, SECRET));
        const again = readMessage(signed, format === 'curl' ? 'form' : format);
        expect(verify(again.params, again.sign, SECRET)).toBe(true);
      }),
    );
  });
});

it('throws nothing but its own error, whatever comes', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '"',
    ':',
    ',',
    '[',
    '=',
    '&',
    '%',
    'curl ',
    'https://x?',
    '-d',
    "'",
    '__proto__',
    'sign',
    '1',
  );
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.array(pieces).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anything, fc.option(fc.constantFrom(...MESSAGE_FORMATS), { nil: undefined }), (input, format) => {
      try {
        const message = readMessage(input, format);
        message.signedWith('X');
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 1_000 },
  );
});
