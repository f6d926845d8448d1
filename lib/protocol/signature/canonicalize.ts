import { javaFold } from '../diagnosis/java-order.js';
import { byFolded, orderOf } from './name-order.js';

/**
 * A value that can be signed. Numbers must be written on the wire as JavaScript writes them; where the literal matters
 * (`0.30`, `1E+3`, integers beyond 2^53), pass the literal as a string. An object or array is signed as its compact
 * JSON text, object members that are null left out; send that same text on the wire.
 */
export type SignableValue = string | number | bigint | boolean | null | undefined | object;

export type SignableParams = Readonly<Record<string, SignableValue>>;

/**
 * The text that is signed, without the secret: entries that are null, undefined or `""` dropped; each other entry
 * written `name=value&`, nothing escaped; these strings sorted as Java's `String.CASE_INSENSITIVE_ORDER` sorts them, and
 * joined. Ends with `&` unless it is empty. A `sign` entry is an entry like any other: leave it out.
 *
 * Source: protocol §1.
 *
 * @throws TypeError when a value cannot be signed: NaN, an infinity, an integer beyond 2^53 given as a number, a Date,
 * a function or a symbol. It names the entry.
 */
export function canonicalize(params: SignableParams): string {
  const names = Object.keys(params);
  const order = orderOf(names);
  if (order === undefined) return sortedByWholeText(params, names);
  let text = '';
  // Two concatenations an entry, not three: 0.2 µs of the 2.3 that signing takes.
  for (const { name, joint } of order) {
    const value = signedText(name, params[name]);
    if (value !== '') text = text === '' ? `${name}=${value}` : text + joint + value;
  }
  return text === '' ? '' : `${text}&`;
}

/** Java's order of whole entries, where the names alone do not tell it. */
function sortedByWholeText(params: SignableParams, names: readonly string[]): string {
  const entries: { text: string; folded: string }[] = [];
  for (const name of names) {
    const value = signedText(name, params[name]);
    if (value === '') continue;
    const text = `${name}=${value}&`;
    entries.push({ text, folded: javaFold(text) });
  }
  // Array.prototype.sort is stable: entries equal but for case stay as given, where Java's order is undefined.
  entries.sort(byFolded);
  return entries.map((entry) => entry.text).join('');
}

function signedText(name: string, value: SignableValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
        throw new TypeError(`${name} is ${value}, which has no exact text on the wire; pass the digits as a string`);
      }
      return String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return '';
    case 'object':
      return value === null ? '' : compactJson(name, value);
    default:
      throw new TypeError(`${name} is a ${typeof value}, which cannot be signed; pass a string`);
  }
}

function compactJson(name: string, value: object): string {
  if (value instanceof Date) {
    throw new TypeError(`${name} is a Date, which cannot be signed; pass its milliseconds as a number`);
  }
  return JSON.stringify(value, (_key, member: unknown) =>
    isPlainObject(member) ? Object.fromEntries(Object.entries(member).filter(([, inner]) => inner !== null)) : member,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
