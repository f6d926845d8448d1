import type { FlatParams } from './flat-params.js';
import { plusToSpace } from './plus-to-space.js';
import { readForm } from './read-form.js';
import { readJson } from './read-json.js';
import { hasNumber, readParsedForm, readParsedJson, type ParsedParams } from './read-parsed.js';

/** A notify's unread parameters: as text, or as a body parser returned them. */
export type NotifySource = { type: 'form' | 'json' } & ({ text: string } | { parsed: ParsedParams });

/** One way in which a notify may have been signed. */
export interface Reading {
  /** All of its parameters except `sign`. */
  params: FlatParams;
  /** Undefined if there is none. */
  sign: string | undefined;
}

/** Maximum number of readings of one message; each costs a signature. */
const MAX_READINGS = 24;

/** Maximum cost of all readings together, in characters; a long message gets only its first reading. */
const MAX_COST = 16_000;

/** Extra cost of a parameter, in characters, for sorting its name. */
const PARAM_COST = 30;

/** With more undocumented names than this, not every subset is tried. */
const MAX_SUBSET_NAMES = 4;

/**
 * What the parameters may have been when they were signed, most likely first. Old gateways and proxies turn a `+` into
 * a space or back, and the notifyUrl's own query string is mixed in unsigned, while undocumented fields are signed
 * (source: protocol §4, §9, §10). Only a reading whose signature verifies counts.
 *
 * @param fields the names of the gateway's documented parameters
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

/** Whether the signed text is lost because a JSON parser has converted its numbers. */
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

/** The message with each `+` read as a plus sign and, if that makes a difference, as a space that was encoded twice. */
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

/** Proper subsets of these names: single names first, then, if there are few names, the others. */
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
