import type { FlatParams } from './flat-params.js';
import { plusToSpace } from './plus-to-space.js';
import { readForm } from './read-form.js';
import { readJson } from './read-json.js';
import { hasNumber, readParsedForm, readParsedJson, type ParsedParams } from './read-parsed.js';

/** A notify's parameters before they are read: as text, or as a body parser has read them. */
export type NotifySource = { type: 'form' | 'json' } & ({ text: string } | { parsed: ParsedParams });

/** A notify as it may have been signed. */
export interface Reading {
  /** All of its parameters but `sign`. */
  params: FlatParams;
  /** Undefined where there is none. */
  sign: string | undefined;
}

/** The most readings of one message: each costs a signature. */
const MAX_READINGS = 24;

/** What all readings may cost together, in characters: a long message has its first one only. */
const MAX_COST = 16_000;

/** What a parameter costs besides its characters, in characters: its name is sorted. */
const PARAM_COST = 30;

/** Of more undocumented names than this, not every subset is tried. */
const MAX_SUBSET_NAMES = 4;

/**
 * What the parameters may have been when they were signed, the likeliest first. Old gateways and proxies turn a `+` into
 * a space or back, and the notifyUrl's own query is mixed in unsigned, where fields that no page lists are signed
 * (source: protocol §4, §9, §10); only a reading whose signature verifies counts.
 *
 * @param fields the names of the gateway's own parameters
 * @throws NotifyRefusal when the source is not flat text.
 */
export function* candidateParams(source: NotifySource, fields: ReadonlySet<string>): Generator<Reading> {
  const first = read(source, 'space');
  yield first;
  let readings = Math.min(MAX_READINGS, Math.floor(MAX_COST / costOf(first))) - 1;
  for (const reading of otherReadings(source, first, fields)) {
    if (readings-- <= 0) return;
    yield reading;
  }
}

/**
 * Whether the text that was signed cannot be told from the source: a JSON parser has read its numbers.
 */
export function isInexact(source: NotifySource): boolean {
  return source.type === 'json' && 'parsed' in source && hasNumber(source.parsed);
}

function* otherReadings(source: NotifySource, first: Reading, fields: ReadonlySet<string>): Generator<Reading> {
  const undocumented = Object.keys(first.params).filter((name) => !fields.has(name));
  if (undocumented.length > 0) yield without(first, undocumented);
  for (const reading of otherwiseSpaced(source, first)) {
    yield reading;
    if (undocumented.length > 0) yield without(reading, undocumented);
  }
  for (const unsigned of partsOf(undocumented)) yield without(first, unsigned);
}

function read(source: NotifySource, plus: 'space' | 'plus'): Reading {
  if ('text' in source) return (source.type === 'json' ? readJson(source.text) : readForm(source.text, plus)).result();
  return (source.type === 'json' ? readParsedJson(source.parsed) : readParsedForm(source.parsed, plus)).result();
}

/** The message with each `+` read as itself, and as a space that was encoded twice, where that makes a difference. */
function* otherwiseSpaced(source: NotifySource, first: Reading): Generator<Reading> {
  if (source.type === 'json') return;
  const values = Object.values(first.params);
  const canBePlus = 'text' in source ? source.text.includes('+') : values.some((value) => value.includes(' '));
  if (canBePlus) yield read(source, 'plus');
  if (values.some((value) => value.includes('+'))) yield { ...first, params: spaced(first.params) };
}

function spaced(params: FlatParams): FlatParams {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, plusToSpace(value)]));
}

/** Parts of these names, not all of them: each single one, then, of few names, the other subsets. */
function* partsOf(names: readonly string[]): Generator<readonly string[]> {
  if (names.length < 2) return;
  for (const name of names) yield [name];
  if (names.length > MAX_SUBSET_NAMES) return;
  for (let subset = 1; subset < 2 ** names.length - 1; subset++) {
    const part = names.filter((_name, index) => subset & (1 << index));
    if (part.length > 1) yield part;
  }
}

function without({ params, sign }: Reading, names: readonly string[]): Reading {
  const kept = Object.entries(params).filter(([name]) => !names.includes(name));
  return { params: Object.fromEntries(kept), sign };
}

function costOf({ params }: Reading): number {
  return Object.entries(params).reduce((cost, [name, value]) => cost + PARAM_COST + name.length + value.length, 1);
}
