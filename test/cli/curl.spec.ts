import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../lib/cli/errors.js';
import { parseCurl } from '../../lib/cli/message/curl.js';
import { shellQuote } from '../../lib/cli/message/shell-words.js';

const URL_ = 'http://api.example/pay';

describe('what a curl command sends', () => {
  it.each<[string, string, object]>([
    ['a form', `curl ${URL_} -d a=1 -d 'b=2 3'`, { method: 'POST', body: 'a=1&b=2 3' }],
    [
      'data in all its spellings',
      `curl ${URL_} --data a=1 --data-ascii b=2 --data-binary c=3`,
      { body: 'a=1&b=2&c=3' },
    ],
    ['raw data with an @', `curl ${URL_} --data-raw @a`, { body: '@a' }],
    ['data to encode', `curl ${URL_} --data-urlencode 'a=x &y' --data-urlencode '=ü'`, { body: 'a=x%20%26y&%C3%BC' }],
    [
      'JSON',
      `curl ${URL_} -H 'Content-Type:  application/json ' -d '{"a":1}'`,
      { contentType: 'application/json', body: '{"a":1}' },
    ],
    [
      '--json',
      `curl --json '{"a":' --json '1}' ${URL_}`,
      { contentType: 'application/json', body: '{"a":1}', method: 'POST' },
    ],
    ['-G', `curl -G ${URL_} -d a=1 -d b=2`, { method: 'GET', url: `${URL_}?a=1&b=2` }],
    ['-G behind a query', `curl -G '${URL_}?x=1#f' -d a=1`, { url: `${URL_}?x=1&a=1#f` }],
    ['--url-query', `curl ${URL_} --url-query 'a=b c' --url-query +d=e`, { url: `${URL_}?a=b%20c&d=e` }],
    ['another method', `curl -X PUT ${URL_} -d a=1`, { method: 'PUT' }],
    ['a glued method', `curl -sSXPUT ${URL_} -da=1`, { method: 'PUT', body: 'a=1' }],
    ['a URL by its option', `curl --url ${URL_} -d a=1`, { url: URL_ }],
    [
      'options with values in between',
      `curl -u me:x --max-time 5 -o out -A agent ${URL_} -d a=1`,
      { url: URL_, body: 'a=1' },
    ],
    [
      'options without',
      `curl --compressed --location --no-keepalive -sSkiv ${URL_} -d a=1`,
      { url: URL_, body: 'a=1' },
    ],
    ['HEAD', `curl -I ${URL_}`, { method: 'HEAD' }],
    ['a prompt and a path', `$ /usr/bin/curl ${URL_} -d a=1`, { body: 'a=1' }],
    ['a continued line', `curl ${URL_} \\\n  -d a=1 \\\n  -d b=2\n`, { body: 'a=1&b=2', notes: [] }],
    ['a pipe', `curl ${URL_} -d a=1 | jq .`, { body: 'a=1', notes: [expect.stringContaining('“|”')] }],
    ['an open &', `curl ${URL_}?a=1&b=2`, { url: `${URL_}?a=1`, notes: [expect.stringContaining('into quotes')] }],
    [
      'as a browser copies it',
      String.raw`curl '${URL_}' -H 'accept: */*' --data-raw $'{"a":"it\'s"}' --compressed`,
      { body: `{"a":"it's"}` },
    ],
  ])('%s', (_what, text, request) => {
    expect(parseCurl(text)).toMatchObject(request);
  });

  it.each([
    ['multipart', `curl ${URL_} -F a=1`, 'multipart/form-data (-F), which the gateway does not read'],
    ['a file', `curl ${URL_} -d @body.json`, 'from a file (@)'],
    ['a file to encode', `curl ${URL_} --data-urlencode a@file`, 'from a file (@)'],
    ['an upload', `curl ${URL_} -T file`, 'from a file'],
    ['several requests', `curl ${URL_} -d a=1 --next ${URL_}`, 'several requests'],
    ['no URL', 'curl -d a=1', 'names no URL'],
    ['an option without its value', `curl ${URL_} -d`, 'ends behind "-d"'],
    ['another program', 'wget http://x', 'no curl command'],
  ])('%s is refused', (_what, text, message) => {
    expect(() => parseCurl(text)).toThrow(UsageError);
    expect(() => parseCurl(text)).toThrow(message);
  });

  it('sends what it was made of', () => {
    const pair = fc.tuple(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1 }), fc.constantFrom('-d', '--data-raw', '--data'), (pairs, option) => {
        const form = new URLSearchParams(pairs).toString();
        const command = ['curl', URL_, option, form].map(shellQuote).join(' ');
        expect(parseCurl(command)).toEqual({ url: URL_, method: 'POST', body: form, notes: [] });
      }),
    );
  });

  it('encodes what it is told to encode', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const command = ['curl', URL_, '--data-urlencode', `a=${value}`].map(shellQuote).join(' ');
        fc.pre(!/\^["\r\n]/.test(command));
        const { body } = parseCurl(command);
        expect(new URLSearchParams(body).get('a')).toBe(Buffer.from(value, 'utf8').toString('utf8'));
      }),
    );
  });

  it('throws nothing but its own error', () => {
    const word = fc.oneof(
      fc.constantFrom(
        '-d',
        '-F',
        '-G',
        '-H',
        '--json',
        '--data-urlencode',
        '--',
        '-',
        '-X',
        URL_,
        '@',
        '=',
        "'",
        '"',
        '&',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          parseCurl(`curl ${words.join(' ')}`);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
