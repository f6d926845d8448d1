import {
  amountTexts,
  decodedTexts,
  encodedTexts,
  hasBeyondAscii,
  jsonTexts,
  misreadTexts,
  numberTexts,
  objectTexts,
  timeTexts,
  type Rewriting,
} from './diagnose-rewritings.js';
import {
  hash,
  hmac,
  remembered,
  sortedBy,
  type Digest,
  type Entry,
  type Line,
  type SecretCandidate,
  type Signing,
} from './diagnose-signing.js';

/** A mistake that changes the signature. A reported mistake is proven: signing with it gave the signature in question. */
export type MistakeCode =
  | 'sign-included'
  | 'other-app-secret'
  | 'secret-whitespace'
  | 'secret-quoted'
  | 'secret-case'
  | 'empty-signed'
  | 'null-as-text'
  | 'zero-dropped'
  | 'object-as-text'
  | 'json-rewritten'
  | 'sorted-otherwise'
  | 'parameter-left-out'
  | 'parameter-missing'
  | 'plus-became-space'
  | 'space-became-plus'
  | 'url-decoded-twice'
  | 'url-still-encoded'
  | 'value-cut'
  | 'key-missing'
  | 'key-joined-otherwise'
  | 'other-algorithm'
  | 'wrong-charset'
  | 'number-rewritten'
  | 'amount-unit'
  | 'time-unit'
  | 'name-rewritten'
  | 'entries-joined-otherwise'
  | 'value-trimmed'
  | 'line-breaks';

export interface Mistake {
  readonly code: MistakeCode;
  /** The signing step that it changes. Two changes to one step cannot be combined, except for changes to the entries. */
  readonly step: 'entries' | 'order' | 'secrets' | 'digest';
  readonly variants: (message: Message) => Iterable<Variant>;
  /** What happened and what to do. `{of}` is replaced by the parameter names, `{detail}` by the variant's detail. */
  readonly message: string;
}

/** One way to make a mistake with a message. */
export interface Variant {
  /** The parameters that it changes, if there are few enough to name. */
  readonly names?: readonly string[];
  readonly detail?: string;
  /** Affects one parameter of several, which is less likely than the same mistake in all of them. */
  readonly narrow?: boolean;
  readonly apply: (signing: Signing) => Signing;
}

/** The input from which mistakes are guessed. */
export interface Message {
  readonly entries: readonly Entry[];
  /** The documented parameter names, if known. */
  readonly known: ReadonlySet<string>;
  /** The documented names that the message lacks. */
  readonly missing: readonly string[];
  readonly otherSecrets: readonly { readonly app: string; readonly secret: string }[];
}

/** The mistakes, most likely first. */
export const MISTAKES: readonly Mistake[] = [
  {
    code: 'sign-included',
    step: 'entries',
    message: 'The parameters include sign itself: remove sign before signing and before verifying.',
    variants: ({ entries }) =>
      entries
        .filter((entry) => entry.name === 'sign')
        .map((): Variant => ({ names: ['sign'], apply: without('sign') })),
  },
  {
    code: 'other-app-secret',
    step: 'secrets',
    message: 'It was signed with the secret of {detail}: use the secret of the app in appId.',
    variants: ({ otherSecrets }) =>
      otherSecrets.map(({ app, secret }): Variant => ({
        detail: app,
        apply: (signing) => ({ ...signing, secrets: [{ text: secret }] }),
      })),
  },
  {
    code: 'secret-whitespace',
    step: 'secrets',
    message: 'The secret that is configured here has {detail}: remove it; the signer’s secret has none.',
    variants: () => [
      secretVariant('white space or a byte order mark around it', (secret) => secret.trim()),
      secretVariant('an invisible character around it', (secret) => secret.replace(INVISIBLE_AROUND, '')),
      secretVariant('white space in it', (secret) => secret.replaceAll(/\s+/g, '')),
    ],
  },
  {
    code: 'secret-whitespace',
    step: 'secrets',
    message: 'The signer’s secret has {detail}: the signer must remove it.',
    variants: () => WHITE_SPACE.map(([detail, before, after]) => secretVariant(detail, (it) => before + it + after)),
  },
  {
    code: 'empty-signed',
    step: 'entries',
    message: 'Empty values were signed ({of}): leave out empty and null values wherever the text to sign is built.',
    variants: (message) => emptyWrittenAs('', message),
  },
  {
    code: 'null-as-text',
    step: 'entries',
    message: 'A missing value was signed as the text “{detail}” ({of}): leave out missing and empty values.',
    variants: function* (message) {
      for (const word of ['undefined', 'null', 'None', '<nil>']) yield* emptyWrittenAs(word, message);
    },
  },
  {
    code: 'zero-dropped',
    step: 'entries',
    message: 'Zeros were left out ({of}), as PHP’s empty() and similar checks do: leave out only "" and null.',
    variants: ({ entries }) =>
      [['0'], ['0', 'false']].map((texts): Variant => {
        const dropped = (entry: Entry) => texts.includes(entry.text);
        return {
          names: entries.filter(dropped).map((entry) => entry.name),
          apply: changedEntries((entry) => (dropped(entry) ? [] : [entry])),
        };
      }),
  },
  {
    code: 'object-as-text',
    step: 'entries',
    message:
      'An object was signed as its default string, such as “[object Object]” ({of}): serialise it once, then sign and send that text.',
    variants: (message) => rewritings(message, objectTexts),
  },
  {
    code: 'json-rewritten',
    step: 'entries',
    message:
      'JSON was signed with a different member order, spacing or escaping ({of}): serialise it once, then sign and send that text.',
    variants: (message) => rewritings(message, jsonTexts),
  },
  {
    code: 'sorted-otherwise',
    step: 'order',
    message: 'The entries were sorted {detail}: sort the whole “name=value&” strings case-insensitively.',
    variants: () => ORDERS.map(([detail, order]): Variant => ({ detail, apply: (it) => ({ ...it, order }) })),
  },
  {
    code: 'parameter-left-out',
    step: 'entries',
    message: 'It was signed without {of}: sign every parameter that is sent except sign, and add none afterwards.',
    variants: function* ({ entries, known }) {
      const strangers = entries.filter((entry) => entry.signed && !known.has(entry.name)).map((entry) => entry.name);
      if (known.size > 0) yield { names: strangers, apply: without(...strangers) };
      for (const group of COMMON_GROUPS) {
        if (group.every((name) => entries.some((entry) => entry.name === name))) {
          yield { names: group, apply: without(...group) };
        }
      }
      for (const { name } of entries) yield { names: [name], narrow: true, apply: without(name) };
    },
  },
  {
    code: 'parameter-missing',
    step: 'entries',
    message: '{of} was signed but is not in the message: send each parameter that is signed.',
    variants: ({ entries }) =>
      LIKELY_MISSING.filter(([name]) => !entries.some((entry) => entry.name === name)).map(([name, text]): Variant => ({
        names: [name],
        apply: withEntry({ name, value: text, text, signed: true }),
      })),
  },
  {
    code: 'plus-became-space',
    step: 'entries',
    message: 'A plus sign was signed where a space arrived ({of}): encode + as %2B, and decode form values only once.',
    variants: (message) => rewritings(message, (text) => [text.replaceAll(' ', '+')]),
  },
  {
    code: 'space-became-plus',
    step: 'entries',
    message:
      'A space was signed where a plus sign arrived ({of}): encode a space as %20, and decode + in a form as a space.',
    variants: (message) => rewritings(message, (text) => [text.replaceAll('+', ' ')]),
  },
  {
    code: 'url-decoded-twice',
    step: 'entries',
    message:
      'URL-encoded values were signed ({of}): they were decoded twice here, or the signer encoded them first. Sign plain values; decode once.',
    variants: (message) => rewritings(message, encodedTexts),
  },
  {
    code: 'url-still-encoded',
    step: 'entries',
    message:
      'Values are still URL-encoded ({of}), and were signed plain: decode them once before verifying, and encode them once.',
    variants: (message) => rewritings(message, decodedTexts),
  },
  {
    code: 'value-cut',
    step: 'entries',
    message:
      'A value was cut at an ampersand ({of}), and the rest was read as separate parameters: keep & out of values that the gateway echoes.',
    variants: cutValues,
  },
  {
    code: 'key-missing',
    step: 'digest',
    message: 'It was signed without a secret, which anybody can do: append “key=” and the secret.',
    variants: () =>
      [(text: string) => text, withoutAmpersand].map((ending): Variant => ({
        apply: (signing) => ({ ...signing, secrets: [{ text: '' }], digest: (text) => hash('md5', ending(text)) }),
      })),
  },
  {
    code: 'key-joined-otherwise',
    step: 'digest',
    message: 'The secret was appended to the parameters {detail}: append “key=” and the secret, after the last &.',
    variants: function* () {
      for (const [detail, ending] of ENDINGS) {
        yield digestVariant((text, secret) => hash('md5', ending(text, secret)), detail);
      }
      for (const ending of [withoutAmpersand, (text: string) => text]) yield keySortedIn(ending);
    },
  },
  {
    code: 'other-algorithm',
    step: 'digest',
    message: 'It was made with {detail}: use plain MD5 over the UTF-8 bytes; documents that mention HMAC are wrong.',
    variants: () => ALGORITHMS.map(([detail, digest]) => digestVariant(digest, detail)),
  },
  {
    code: 'wrong-charset',
    step: 'digest',
    message: 'Non-ASCII text was signed as {detail} ({of}): sign the UTF-8 bytes.',
    variants: ({ entries }) => {
      const names = entries.filter((entry) => hasBeyondAscii(entry.text)).map((entry) => entry.name);
      if (names.length === 0) return [];
      return CHARSETS.map(([detail, bytes]): Variant => {
        const digest: Digest = (text, secret) => hash('md5', bytes(`${text}key=${secret}`));
        return { ...digestVariant(digest, detail), names };
      });
    },
  },
  {
    code: 'wrong-charset',
    step: 'entries',
    message:
      'Non-ASCII text was read in another character set before signing or verifying ({of}): read and write UTF-8.',
    variants: (message) => rewritings(message, misreadTexts),
  },
  {
    code: 'number-rewritten',
    step: 'entries',
    message:
      'A number was signed in a different notation from the message, such as 1.0 for 1 ({of}): sign the digits that are sent.',
    variants: function* (message) {
      yield* rewritings(message, numberTexts, (entry) => typeof entry.value === 'number');
      yield* rewritings(message, numberTexts);
    },
  },
  {
    code: 'amount-unit',
    step: 'entries',
    message:
      'The amount was signed in a different unit from the message ({of}): sign and send a whole number of minor units.',
    variants: (message) => rewritings(message, amountTexts, (entry) => /amount$/i.test(entry.name)),
  },
  {
    code: 'time-unit',
    step: 'entries',
    message:
      'The time was signed in a different unit from the message ({of}): sign and send the same 13 digits, in ms.',
    variants: (message) => rewritings(message, timeTexts, (entry) => /(Time|At)$/.test(entry.name)),
  },
  {
    code: 'name-rewritten',
    step: 'entries',
    message: 'A name was signed with a different spelling from the message ({of}): sign and send the documented names.',
    variants: otherNames,
  },
  {
    code: 'entries-joined-otherwise',
    step: 'digest',
    message: 'The entries were written {detail}: write each entry as “name=value&”.',
    variants: () =>
      JOINTS.map(([detail, write, ending]): Variant => ({
        detail,
        apply: (it) => ({ ...it, write, order: BY_NAME, digest: (text, secret) => hash('md5', ending(text, secret)) }),
      })),
  },
  {
    code: 'value-trimmed',
    step: 'entries',
    message: 'White space around a value was trimmed before signing ({of}): sign the value that is sent.',
    variants: (message) => rewritings(message, (text) => [text.trim()]),
  },
  {
    code: 'line-breaks',
    step: 'entries',
    message:
      'Line breaks were changed between CRLF and LF ({of}): sign the value that is sent, and do not change it on receipt.',
    variants: (message) =>
      rewritings(message, (text) => [text.replaceAll('\r\n', '\n'), text.replaceAll(/\r?\n/g, '\r\n')]),
  },
  {
    code: 'secret-quoted',
    step: 'secrets',
    message: 'One side has quotes around its secret ({detail}): remove them.',
    variants: () => [
      secretVariant('this one', (secret) => secret.replace(/^(["'])(.*)\1$/s, '$2')),
      secretVariant('the signer', (secret) => `"${secret}"`),
      secretVariant('the signer', (secret) => `'${secret}'`),
    ],
  },
  {
    code: 'secret-case',
    step: 'secrets',
    message: 'The signer’s secret is {detail}: both sides must use it exactly as the gateway shows it.',
    variants: () => [
      secretVariant('in lower case', (secret) => secret.toLowerCase()),
      secretVariant('in upper case', (secret) => secret.toUpperCase()),
    ],
  },
];

/** The mistakes to try where the signature has 64 hex digits. */
export const LONG_MISTAKES: readonly Mistake[] = MISTAKES.filter((mistake) => mistake.code === 'other-algorithm').map(
  (mistake) => ({
    ...mistake,
    variants: () => LONG_ALGORITHMS.map(([detail, digest]) => digestVariant(digest, detail)),
  }),
);

const INVISIBLE_AROUND = /^[\u200b-\u200f\u2060\ufeff]+|[\u200b-\u200f\u2060\ufeff]+$/g;

const WHITE_SPACE: readonly (readonly [detail: string, before: string, after: string])[] = [
  ['a line feed after it', '', '\n'],
  ['CR LF after it', '', '\r\n'],
  ['a space after it', '', ' '],
  ['a space before it', ' ', ''],
  ['spaces around it', ' ', ' '],
  ['a tab after it', '', '\t'],
  ['a tab before it', '\t', ''],
  ['a byte order mark before it', '\ufeff', ''],
  ['a carriage return after it', '', '\r'],
  ['a line feed before it', '\n', ''],
  ['a no-break space after it', '', '\u00a0'],
  ['a zero-width space after it', '', '\u200b'],
];

const collator = new Intl.Collator('en');

const BY_NAME = sortedBy((line) => line.name.toLowerCase());

const ORDERS: readonly (readonly [detail: string, order: Signing['order']])[] = [
  ['by name in ASCII order, upper case first', sortedBy((line) => line.name)],
  ['as whole strings in ASCII order, upper case first', sortedBy((line) => line.text)],
  ['case-insensitively by name alone', BY_NAME],
  ['by name with localeCompare', sortedWith((a, b) => collator.compare(a.name, b.name))],
  ['as whole strings with localeCompare', sortedWith((a, b) => collator.compare(a.text, b.text))],
  ['not at all', (lines) => lines],
  ['backwards', (lines) => BY_NAME(lines).toReversed()],
];

function sortedWith(compare: (a: Line, b: Line) => number): Signing['order'] {
  return (lines) => lines.toSorted(compare);
}

const COMMON_GROUPS = [['signType'], ['signType', 'version'], ['reqTime', 'signType', 'version']];

const LIKELY_MISSING = [
  ['signType', 'MD5'],
  ['version', '1.0'],
  ['version', '1.1'],
] as const;

type Ending = (text: string, secret: string) => string;

const ENDINGS: readonly (readonly [detail: string, ending: Ending])[] = [
  ['with no separator', (text, secret) => withoutAmpersand(text) + secret],
  ['with & but without “key=”', (text, secret) => text + secret],
  ['with “key=” but without &', (text, secret) => `${withoutAmpersand(text)}key=${secret}`],
  ['with another & at the end', (text, secret) => `${text}key=${secret}&`],
  ['as “secret=”', (text, secret) => `${text}secret=${secret}`],
  ['as “appSecret=”', (text, secret) => `${text}appSecret=${secret}`],
  ['as “KEY=”', (text, secret) => `${text}KEY=${secret}`],
  ['in front', (text, secret) => secret + withoutAmpersand(text)],
  ['as “key=” in front', (text, secret) => `key=${secret}&${withoutAmpersand(text)}`],
  ['before and after them', (text, secret) => secret + withoutAmpersand(text) + secret],
];

const ALGORITHMS: readonly (readonly [detail: string, digest: Digest])[] = [
  ['HMAC-MD5', (text, secret) => hmac('md5', `${text}key=${secret}`, secret)],
  ['HMAC-MD5', (text, secret) => hmac('md5', withoutAmpersand(text), secret)],
  ['HMAC-MD5', (text, secret) => hmac('md5', text, secret)],
];

const LONG_ALGORITHMS: readonly (readonly [detail: string, digest: Digest])[] = [
  ['SHA-256', (text, secret) => hash('sha256', `${text}key=${secret}`)],
  ['HMAC-SHA256', (text, secret) => hmac('sha256', `${text}key=${secret}`, secret)],
  ['HMAC-SHA256', (text, secret) => hmac('sha256', withoutAmpersand(text), secret)],
  ['HMAC-SHA256', (text, secret) => hmac('sha256', text, secret)],
];

const CHARSETS: readonly (readonly [detail: string, bytes: (text: string) => Buffer])[] = [
  ['Latin-1', (text) => Buffer.from(text.replaceAll(/[\u{100}-\u{10ffff}]/gu, '?'), 'latin1')],
  ['Latin-1', (text) => Buffer.from(text, 'latin1')],
  ['UTF-16', (text) => Buffer.from(text, 'utf16le')],
];

const JOINTS: readonly (readonly [detail: string, write: Signing['write'], ending: Ending])[] = [
  ['without &', ({ name, text }) => `${name}=${text}`, (text, secret) => `${text}key=${secret}`],
  ['without &', ({ name, text }) => `${name}=${text}`, (text, secret) => text + secret],
  ['without = and &', ({ name, text }) => name + text, (text, secret) => text + secret],
  ['without their names', ({ text }) => text, (text, secret) => text + secret],
];

function withoutAmpersand(text: string): string {
  return text.endsWith('&') ? text.slice(0, -1) : text;
}

function digestVariant(digest: Digest, detail: string): Variant {
  return { detail, apply: (signing) => ({ ...signing, digest }) };
}

function secretVariant(detail: string, rewrite: (secret: string) => string): Variant {
  const rewritten = (secret: SecretCandidate) => ({ ...secret, text: rewrite(secret.text) });
  const secretsOf = (signing: Signing) => signing.secrets.map(rewritten).filter(({ text }) => text !== '');
  return { detail, apply: (signing) => ({ ...signing, secrets: secretsOf(signing) }) };
}

/** The secret treated as a parameter and sorted among the others. */
function keySortedIn(ending: (text: string) => string): Variant {
  const place = '\0the secret\0';
  const key: Entry = { name: 'key', value: place, text: place, signed: true };
  return {
    detail: 'as a parameter, sorted among them',
    apply: (signing) => ({
      ...withEntry(key)(signing),
      digest: (text, secret) => hash('md5', ending(text.replace(place, () => secret))),
    }),
  };
}

/** The entries, each changed to none, one or another. */
function changedEntries(change: (entry: Entry) => readonly Entry[]): Variant['apply'] {
  return (signing) => ({ ...signing, entries: signing.entries.flatMap(change) });
}

function without(...names: readonly string[]): Variant['apply'] {
  return changedEntries((entry) => (names.includes(entry.name) ? [] : [entry]));
}

function withEntry(entry: Entry): Variant['apply'] {
  return (signing) => ({ ...signing, entries: [...signing.entries, entry] });
}

/** Empty values and missing known parameters, all together and one at a time, written as a word. */
function* emptyWrittenAs(word: string, { entries, missing }: Message): Iterable<Variant> {
  const present = entries.filter((entry) => !entry.signed).map((entry) => entry.name);
  const all = [...present, ...missing];
  const written = (names: readonly string[], narrow: boolean): Variant => ({
    names,
    narrow,
    detail: word,
    apply: (signing) => ({
      ...signing,
      entries: [...signing.entries, ...names.map((name) => ({ name, value: word, text: word, signed: true }))],
    }),
  });
  if (present.length > 0) yield written(present, false);
  if (missing.length > 0) yield written(all, false);
  for (const name of all) yield written([name], true);
  if (!entries.some((entry) => entry.name === 'sign')) yield written(['sign'], true);
}

/** Each result of a rewriting, first for all values that it changes, then for one at a time. */
function* rewritings(
  { entries }: Message,
  rewrite: Rewriting,
  concerns: (entry: Entry) => boolean = () => true,
): Iterable<Variant> {
  const rewriting = remembered(rewrite);
  const texts = new Map(
    entries.filter((entry) => entry.signed && concerns(entry)).map((entry) => [entry.name, rewriting(entry.text)]),
  );
  const ways = Math.max(0, ...[...texts.values()].map((it) => it.length));
  for (let way = 0; way < ways; way++) {
    const names = entries
      .filter(({ name, text }) => (texts.get(name)?.[way] ?? text) !== text)
      .map((entry) => entry.name);
    if (names.length > 0) yield { names, apply: rewrittenAs(rewriting, way, names) };
    if (names.length > 1) {
      for (const name of names) yield { names: [name], narrow: true, apply: rewrittenAs(rewriting, way, [name]) };
    }
  }
}

function rewrittenAs(rewriting: Rewriting, way: number, names: readonly string[]): Variant['apply'] {
  return changedEntries((entry) => {
    if (!names.includes(entry.name)) return [entry];
    const text = rewriting(entry.text)[way] ?? entry.text;
    // Skip texts that grow too long to hash.
    return [text.length > 8 * entry.text.length + 64 ? entry : { ...entry, text, signed: text !== '' }];
  });
}

/** Entries that are the rest of the previous one, after an ampersand. */
function* cutValues({ entries, known }: Message): Iterable<Variant> {
  const isRest = (entry: Entry) => !known.has(entry.name) && entry.name !== 'sign';
  for (const [i, first] of entries.entries()) {
    if (known.size > 0 && isRest(first)) continue;
    const rest: Entry[] = [];
    for (const next of entries.slice(i + 1)) {
      if (!isRest(next)) break;
      rest.push(next);
      for (const equals of ['', '=']) {
        const text = [first.text, ...rest.map(({ name, text: it }) => name + (it === '' ? equals : `=${it}`))].join(
          '&',
        );
        const names = new Set(rest.map((it) => it.name));
        yield {
          names: [first.name],
          narrow: known.size === 0,
          apply: changedEntries((entry) =>
            entry.name === first.name ? [{ ...first, text, signed: true }] : names.has(entry.name) ? [] : [entry],
          ),
        };
      }
      if (known.size === 0) break;
    }
  }
}

function* otherNames({ entries, known }: Message): Iterable<Variant> {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[_-]/g, '');
  const documented = new Map([...known].map((name) => [plain(name), name]));
  const spellings: readonly ((name: string) => string)[] = [
    (name) => (known.has(name) ? name : (documented.get(plain(name)) ?? name)),
    (name) => (name === 'extParam' ? 'extraParam' : name === 'extraParam' ? 'extParam' : name),
    (name) => name.toLowerCase(),
    (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  ];
  for (const spelling of spellings) {
    const names = entries.map((entry) => entry.name).filter((name) => spelling(name) !== name);
    if (names.length === 0) continue;
    yield { names, apply: changedEntries((entry) => [{ ...entry, name: spelling(entry.name) }]) };
  }
}
