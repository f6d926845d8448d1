import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../sandbox/command/errors.js';
import { parseCurl } from '../../sandbox/command/message/curl.js';
import { shellQuote } from '../../sandbox/command/message/shell-words.js';

const PAY_URL = 'http://api.example/pay';

describe('what a curl command sends', () => {
  it.each<[string, string, object]>([
    ['a form', `curl ${PAY_URL} -d a=1 -d 'b=2 3'`, { method: 'POST', body: 'a=1&b=2 3' }],
    [
      'data in all its spellings',
      `curl ${PAY_URL} --data a=1 --data-ascii b=2 --data-binary c=3`,
      { body: 'a=1&b=2&c=3' },
    ],
    ['raw data with an @', `curl ${PAY_URL} --data-raw @a`, { body: '@a' }],
    [
      'data to encode',
      `curl ${PAY_URL} --data-urlencode 'a=x &y' --data-urlencode '=ü'`,
      { body: 'a=x%20%26y&%C3%BC' },
    ],
    [
      'JSON',
      `curl ${PAY_URL} -H 'Content-Type:  application/json ' -d '{"a":1}'`,
      { contentType: 'application/json', body: '{"a":1}' },
    ],
    [
      '--json',
      `curl --json '{"a":' --json '1}' ${PAY_URL}`,
      { contentType: 'application/json', body: '{"a":1}', method: 'POST' },
    ],
    ['-G', `curl -G ${PAY_URL} -d a=1 -d b=2`, { method: 'GET', url: `${PAY_URL}?a=1&b=2` }],
    ['-G behind a query', `curl -G '${PAY_URL}?x=1#f' -d a=1`, { url: `${PAY_URL}?x=1&a=1#f` }],
    ['--url-query', `curl ${PAY_URL} --url-query 'a=b c' --url-query +d=e`, { url: `${PAY_URL}?a=b%20c&d=e` }],
    ['another method', `curl -X PUT ${PAY_URL} -d a=1`, { method: 'PUT' }],
    ['a glued method', `curl -sSXPUT ${PAY_URL} -da=1`, { method: 'PUT', body: 'a=1' }],
    ['a URL by its option', `curl --url ${PAY_URL} -d a=1`, { url: PAY_URL }],
    [
      'options with values in between',
      `curl -u me:x --max-time 5 -o out -A agent ${PAY_URL} -d a=1`,
      { url: PAY_URL, body: 'a=1' },
    ],
    [
      'options without',
      `curl --compressed --location --no-keepalive -sSkiv ${PAY_URL} -d a=1`,
      { url: PAY_URL, body: 'a=1' },
    ],
    ['HEAD', `curl -I ${PAY_URL}`, { method: 'HEAD' }],
    ['a prompt and a path', `$ /usr/bin/curl ${PAY_URL} -d a=1`, { body: 'a=1' }],
    ['a continued line', `curl ${PAY_URL} \\\n  -d a=1 \\\n  -d b=2\n`, { body: 'a=1&b=2', notes: [] }],
    ['a pipe', `curl ${PAY_URL} -d a=1 | jq .`, { body: 'a=1', notes: [expect.stringContaining('“|”')] }],
    [
      'an open &',
      `curl ${PAY_URL}?a=1&b=2`,
      { url: `${PAY_URL}?a=1`, notes: [expect.stringContaining('quote a URL')] },
    ],
    [
      'as a browser copies it',
      String.raw`curl '${PAY_URL}' -H 'accept: */*' --data-raw $'{"a":"it\'s"}' --compressed`,
      { body: `{"a":"it's"}` },
    ],
  ])('%s', (_what, text, request) => {
    expect(parseCurl(text)).toMatchObject(request);
  });

  it.each([
    ['multipart', `curl ${PAY_URL} -F a=1`, 'multipart/form-data (-F), which the gateway does not accept'],
    ['a file', `curl ${PAY_URL} -d @body.json`, 'from a file (@)'],
    ['a file to encode', `curl ${PAY_URL} --data-urlencode a@file`, 'from a file (@)'],
    ['an upload', `curl ${PAY_URL} -T file`, 'from a file'],
    ['several requests', `curl ${PAY_URL} -d a=1 --next ${PAY_URL}`, 'several requests'],
    ['no URL', 'curl -d a=1', 'has no URL'],
    ['an option without its value', `curl ${PAY_URL} -d`, 'ends after "-d"'],
    ['another program', 'wget http://x', 'not a curl command'],
  ])('%s is refused', (_what, text, message) => {
    expect(() => parseCurl(text)).toThrow(UsageError);
    expect(() => parseCurl(text)).toThrow(message);
  });

  it('sends what it was made of', () => {
    const pair = fc.tuple(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1 }), fc.constantFrom('-d', '--data-raw', '--data'), (pairs, option) => {
        const form = new URLSearchParams(pairs).toString();
        const command = ['curl', PAY_URL, option, form].map(shellQuote).join(' ');
        expect(parseCurl(command)).toEqual({ url: PAY_URL, method: 'POST', body: form, notes: [] });
      }),
    );
  });

  it('encodes what it is told to encode', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const command = ['curl', PAY_URL, '--data-urlencode', `a=${value}`].map(shellQuote).join(' ');
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
        PAY_URL,
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
