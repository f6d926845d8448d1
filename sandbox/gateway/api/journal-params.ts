import type { RequestReading } from './reading/request-params.js';
import { paramText } from './explain-signature.js';

const KEPT_PARAMS = 64;
const KEPT_CHARACTERS = 1_024;

/**
 * The parameters of a request as text, for the journal: the first 64, with 1,024 characters each; none if the body is
 * not JSON.
 */
export function journalParams(reading: RequestReading): Readonly<Record<string, string>> {
  if ('refusal' in reading) return {};
  const kept = Object.entries(reading.params).slice(0, KEPT_PARAMS);
  return Object.fromEntries(
    kept.map(([name, value]) => [name.slice(0, KEPT_CHARACTERS), paramText(value).slice(0, KEPT_CHARACTERS)]),
  );
}
