import type { RequestReading } from './reading/request-params.js';
import { paramText } from './explain-signature.js';

const KEPT_PARAMS = 64;
const KEPT_CHARACTERS = 1_024;

/** The parameters of a request as text, for the journal: the first 64, 1,024 characters of each; none of a body that is not JSON. */
export function journalParams(reading: RequestReading): Readonly<Record<string, string>> {
  if ('refusal' in reading) return {};
  const kept = Object.entries(reading.params).slice(0, KEPT_PARAMS);
  return Object.fromEntries(
    kept.map(([name, value]) => [name.slice(0, KEPT_CHARACTERS), paramText(value).slice(0, KEPT_CHARACTERS)]),
  );
}
