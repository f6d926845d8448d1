import { isSafeNumber, LosslessNumber, parse, stringify } from 'lossless-json';
import type { SignableParams, SignableValue } from '../signature/canonicalize.js';

/** A JSON object whose numbers are kept as they stood on the wire. */
export type WireObject = Readonly<Record<string, unknown>>;

/**
 * Parses a JSON object without losing a digit of its numbers.
 *
 * @throws SyntaxError when the text is no JSON object, or gives one name two values.
 */
export function parseWireObject(text: string): WireObject {
  const parsed = parse(text);
  if (!isWireObject(parsed)) throw new SyntaxError('not a JSON object');
  return parsed;
}

export function isWireObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}

/** The members as the gateway signed them: numbers by their wire literals, nested values as compact JSON. */
export function signable(object: WireObject): SignableParams {
  return mapMembers(object, (value): SignableValue => {
    if (value instanceof LosslessNumber) return value.value;
    return typeof value === 'object' && value !== null ? stringify(value) : (value as SignableValue);
  });
}

/** The members as plain JavaScript values. A number that JavaScript cannot hold exactly stays a string of its digits. */
export function plain(object: WireObject): Record<string, unknown> {
  return mapMembers(object, plainValue);
}

function plainValue(value: unknown): unknown {
  if (value instanceof LosslessNumber) {
    return isSafeNumber(value.value) ? Number(value.value) : value.value;
  }
  if (Array.isArray(value)) return value.map(plainValue);
  return isWireObject(value) ? mapMembers(value, plainValue) : value;
}

function mapMembers<T>(object: WireObject, map: (value: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
}
