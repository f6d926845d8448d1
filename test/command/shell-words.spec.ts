import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../sandbox/command/errors.js';
import { shellQuote, shellWords } from '../../sandbox/command/message/shell-words.js';

describe('a command line is cut as bash cuts it', () => {
  it.each<[string, string[]]>([
    ['curl  a\tb', ['curl', 'a', 'b']],
    [`a 'b c' "d e"f`, ['a', 'b c', 'd ef']],
    [`'a'"b"c`, ['abc']],
    [`a '' ""`, ['a', '', '']],
    [String.raw`a\ b \'c`, ['a b', "'c"]],
    [String.raw`"\"\\\$\`\n"`, ['"\\$`\\n']],
    ['a \\\n b \\\r\n c', ['a', 'b', 'c']],
    ['"a\\\nb"', ['ab']],
    ['\n\n a b \n', ['a', 'b']],
    ['a # b', ['a']],
    ['a#b', ['a#b']],
    ['a $ b$', ['a', '$', 'b$']],
    [`'$HOME' '\`id\`'`, ['$HOME', '`id`']],
    [`$"a b"`, ['a b']],
    [String.raw`$'a\'b\n\t\\\x41\101\u00e9\U0001F600\q'`, [`a'b\n\t\\AA\u00e9\u{1F600}\\q`]],
    [String.raw`$'\ud83d\ude00'`, ['\u{1F600}']],
    [String.raw`$'\xe5\x95\x86'`, ['商']],
    [String.raw`$'\cA\e'`, ['\u0001\u001B']],
  ])('%s', (text, words) => {
    expect(shellWords(text)).toEqual({ words });
  });

  it.each([
    ['a b | c', ['a', 'b'], '|'],
    ['a b; c', ['a', 'b'], ';'],
    ['a http://x/?b=1&c=2', ['a', 'http://x/?b=1'], '&'],
    ['a > file', ['a'], '>'],
    ['a b\nc', ['a', 'b'], 'a line break'],
  ])('%s ends early', (text, words, endedBy) => {
    expect(shellWords(text)).toEqual({ words, endedBy });
  });

  it.each([
    ["a 'b", 'ends inside a single quote'],
    ['a "b', 'ends inside a double quote'],
    ["a $'b", "ends inside a $'…' quote"],
    ['a $TOKEN', 'contains $TOKEN'],
    ['a "${TOKEN}"', 'contains ${TOKEN}'],
    ['a "$(date +%s)"', 'which only a shell can expand'],
    ['a `date`', 'a command in backquotes'],
    ['a "`date`"', 'a command in backquotes'],
  ])('%s is refused', (text, message) => {
    expect(() => shellWords(text)).toThrow(UsageError);
    expect(() => shellWords(text)).toThrow(message);
  });
});

describe('as browsers copy it for cmd.exe', () => {
  it.each<[string, string[]]>([
    ['curl ^"http://x/^?a=1^&b=2^" ^\r\n  -H ^"a: b^"', ['curl', 'http://x/?a=1&b=2', '-H', 'a: b']],
    ['curl --data-raw ^"^{^\\^"a^\\^":1^}^"', ['curl', '--data-raw', '{"a":1}']],
    ['curl -d ^"a^%^20b^^c^"', ['curl', '-d', 'a%20b^c']],
  ])('%s', (text, words) => {
    expect(shellWords(text)).toEqual({ words });
  });
});

it('whatever is quoted comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (words) => {
      // A caret before a quote or a line break is how cmd.exe is told apart.
      const isForBash = !/\^["\r\n]/.test(words.map(shellQuote).join(' '));
      fc.pre(isForBash);
      expect(shellWords(words.map(shellQuote).join(' '))).toEqual({ words });
    }),
  );
});

it('throws nothing but its own error', () => {
  const piece = fc.constantFrom(
    "'",
    '"',
    '$',
    "$'",
    '\\',
    '`',
    '^"',
    '^\n',
    '\n',
    '&',
    '|',
    '#',
    '{',
    '(',
    'x',
    'u',
    '😀',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (line) => {
      try {
        shellWords(line);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 1_000 },
  );
});
