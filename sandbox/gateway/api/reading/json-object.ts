import { isLosslessNumber } from 'lossless-json';

/** Whether a value of JSON is an object, of which numbers in their literal are none. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}
