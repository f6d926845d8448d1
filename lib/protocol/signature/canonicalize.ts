import { javaFold } from '../diagnosis/java-order.js';
import { byFolded, orderOf } from './name-order.js';

/**
 * A value that can be signed. Numbers must be sent as JavaScript writes them; if the literal matters (`0.30`, `1E+3`,
 * integers beyond 2^53), pass it as a string. An object or array is signed as its compact JSON text, without object
 * members that are null; send exactly that text.
 */
export type SignableValue = string | number | bigint | boolean | null | undefined | object;

export type SignableParams = Readonly<Record<string, SignableValue>>;

/**
 * The text to sign, without the secret: entries that are null, undefined or `""` are dropped; each other entry is
 * written as `name=value&` without escaping; these strings are sorted by Java's `String.CASE_INSENSITIVE_ORDER` and
 * joined. The text ends with `&` unless it is empty. A `sign` entry gets no special treatment: leave it out.
 *
 * Source: protocol §1.
 *
 * @throws TypeError when a value cannot be signed: NaN, an infinity, an integer beyond 2^53 given as a number, a Date,
 * a function or a symbol. The message names the entry.
 */
export function canonicalize(params: SignableParams): string {
  const names = Object.keys(params);
  const order = orderOf(names);
  if (order === undefined) return sortedByWholeText(params, names);
  let text = '';
  // Two concatenations per entry instead of three save 0.2 µs of the 2.3 µs that signing takes.
  for (const { name, joint } of order) {
    const value = signedText(name, params[name]);
    if (value !== '') text = text === '' ? `${name}=${value}` : text + joint + value;
  }
  return text === '' ? '' : `${text}&`;
}

/** Java's order of whole entries, if the names alone do not decide it. */
function sortedByWholeText(params: SignableParams, names: readonly string[]): string {
  const entries: { text: string; folded: string }[] = [];
  for (const name of names) {
    const value = signedText(name, params[name]);
    if (value === '') continue;
    const text = `${name}=${value}&`;
    entries.push({ text, folded: javaFold(text) });
  }
  // Array.prototype.sort is stable: entries that differ only in case keep their order; Java's order for them is
  // undefined.
  entries.sort(byFolded);
  return entries.map((entry) => entry.text).join('');
}

function signedText(name: string, value: SignableValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
        throw new TypeError(`${name} is ${value}, which cannot be written exactly; pass the digits as a string`);
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
