import type { FlatParams } from './flat-params.js';
import { shownName } from '../shown-name.js';
import { NotifyRefusal } from './notify-refusal.js';

/** A notify's parameters before they are read: as text, or as a body parser has read them. */
export type NotifySource = { text: string } | { parsed: Readonly<Record<string, unknown>> };

/** A notify as it may have been signed. */
export interface Reading {
  /** All of its parameters but `sign`. */
  params: FlatParams;
  /** Undefined where there is none. */
  sign: string | undefined;
}

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
export function* candidateParams(source: NotifySource, fields: ReadonlySet<string>): Generator<Reading> {
  const first = read(source, 'space');
  const isAllGateways = Object.keys(first.params).every((name) => fields.has(name));
  yield first;
  if (!isAllGateways) yield onlyGateways(first, fields);
  if (!Object.values(first.params).some((value) => /[ +]/.test(value))) return;
  for (const plus of ['plus', 'space-twice'] as const) {
    const reading = read(source, plus);
    yield reading;
    if (!isAllGateways) yield onlyGateways(reading, fields);
  }
}

function read(source: NotifySource, plus: PlusMeans): Reading {
  const params: Record<string, string> = {};
  let sign: string | undefined;
  const keep = (name: string, value: string) => {
    if (!isFlatName(name)) throw new NotifyRefusal('malformed', `the name ${shownName(name)} is not flat`);
    const isSign = name === 'sign';
    if (isSign ? sign !== undefined : Object.hasOwn(params, name)) {
      throw new NotifyRefusal('malformed', `the name ${shownName(name)} is given twice`);
    }
    const meant = plus === 'space-twice' ? value.replaceAll('+', ' ') : value;
    if (isSign) sign = meant;
    else params[name] = meant;
  };
  if ('text' in source) readText(source.text, plus, keep);
  else readParsed(source.parsed, plus, keep);
  return { params, sign };
}

/**
 * `=` and `&` in a name would let the signed text be cut in another place, brackets nest in some parsers, and
 * `__proto__` is never meant well.
 */
function isFlatName(name: string): boolean {
  return name !== '' && !/[=&[\]]/.test(name) && name !== '__proto__';
}

function readText(text: string, plus: PlusMeans, keep: (name: string, value: string) => void): void {
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const cut = pair.indexOf('=');
    if (cut === -1) keep(decode(pair, plus), '');
    else keep(decode(pair.slice(0, cut), plus), decode(pair.slice(cut + 1), plus));
  }
}

function decode(text: string, plus: PlusMeans): string {
  const spaced = plus === 'plus' ? text : text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new NotifyRefusal('malformed', 'a percent escape is broken');
  }
}

function readParsed(
  parsed: Readonly<Record<string, unknown>>,
  plus: PlusMeans,
  keep: (name: string, value: string) => void,
): void {
  for (const name of Object.keys(parsed)) {
    const value = parsed[name];
    if (typeof value !== 'string') {
      throw new NotifyRefusal('malformed', `${shownName(name)} is given twice or nested`);
    }
    // The parser has already made a space of each `+`, so all spaces are taken back.
    keep(name, plus === 'plus' ? value.replaceAll(' ', '+') : value);
  }
}

function onlyGateways({ params, sign }: Reading, fields: ReadonlySet<string>): Reading {
  const kept = Object.entries(params).filter(([name]) => fields.has(name));
  return { params: Object.fromEntries(kept), sign };
}
