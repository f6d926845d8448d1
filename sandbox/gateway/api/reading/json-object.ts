import { isLosslessNumber } from 'lossless-json';

/** Whether a JSON value is an object; a number with its literal (LosslessNumber) is not. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}
