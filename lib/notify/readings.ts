import type { FlatParams } from './flat-params.js';
import { NotifyRefusal } from './notify-refusal.js';
import type { NotifySource } from './notify-request.js';

/** How a `+` is read: as a form encodes a space, as itself, or as a space that was encoded twice. */
type PlusMeans = 'space' | 'plus' | 'space-twice';

/**
 * What the parameters may have been when they were signed, the likeliest first. Old gateways and proxies turn a `+` into
 * a space or back, and mix parameters of their own in (source: protocol §4); only a reading whose signature verifies
 * counts.
 *
 * @param fields the names of the gateway's own parameters
 * @throws NotifyRefusal when the source is not flat text.
 */
export function* readings(source: NotifySource, fields: ReadonlySet<string>): Generator<FlatParams> {
  const first = read(source, 'space');
  const isAllGateways = Object.keys(first).every((name) => name === 'sign' || fields.has(name));
  const hasSpaces = Object.values(first).some((value) => /[ +]/.test(value));
  for (const plus of hasSpaces ? PLUS_MEANINGS : PLUS_MEANINGS.slice(0, 1)) {
    const params = read(source, plus);
    yield params;
    if (!isAllGateways) yield onlyGateways(params, fields);
  }
}

const PLUS_MEANINGS: readonly PlusMeans[] = ['space', 'plus', 'space-twice'];

function read(source: NotifySource, plus: PlusMeans): FlatParams {
  const pairs = 'text' in source ? pairsOf(source.text, plus) : parsedPairs(source.parsed, plus);
  const params: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairs) {
    if (!isFlatName(name)) throw new NotifyRefusal('malformed', `the name ${shown(name)} is not flat`);
    if (name in params) throw new NotifyRefusal('malformed', `the name ${shown(name)} is given twice`);
    params[name] = plus === 'space-twice' ? value.replaceAll('+', ' ') : value;
  }
  return params;
}

/**
 * `=` and `&` in a name would let the signed text be cut in another place, brackets nest in some parsers, and
 * `__proto__` is never meant well.
 */
function isFlatName(name: string): boolean {
  return name !== '' && !/[=&[\]]/.test(name) && name !== '__proto__';
}

function pairsOf(text: string, plus: PlusMeans): [string, string][] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const cut = pair.indexOf('=');
      const [name, value] = cut === -1 ? [pair, ''] : [pair.slice(0, cut), pair.slice(cut + 1)];
      return [decode(name, plus), decode(value, plus)];
    });
}

function decode(text: string, plus: PlusMeans): string {
  try {
    return decodeURIComponent(plus === 'plus' ? text : text.replaceAll('+', ' '));
  } catch {
    throw new NotifyRefusal('malformed', 'a percent escape is broken');
  }
}

function parsedPairs(parsed: Readonly<Record<string, unknown>>, plus: PlusMeans): [string, string][] {
  return Object.entries(parsed).map(([name, value]) => {
    if (typeof value !== 'string') {
      throw new NotifyRefusal('malformed', `${shown(name)} is given twice or nested`);
    }
    // The parser has already made a space of each `+`, so all spaces are taken back.
    return [name, plus === 'plus' ? value.replaceAll(' ', '+') : value];
  });
}

function onlyGateways(params: FlatParams, fields: ReadonlySet<string>): FlatParams {
  return Object.fromEntries(Object.entries(params).filter(([name]) => name === 'sign' || fields.has(name)));
}

/** A name as a log may show it: anybody can send any. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
