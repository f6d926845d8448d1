import { readParams, type WireRequest } from './request-params.js';
import { paramText } from './explain-signature.js';

const KEPT_PARAMS = 64;
const KEPT_CHARACTERS = 1_024;

/** The parameters of a request as text, for the journal: the first 64, 1,024 characters of each. */
export function receivedParams(request: WireRequest): Readonly<Record<string, string>> {
  try {
    const kept = Object.entries(readParams(request)).slice(0, KEPT_PARAMS);
    return Object.fromEntries(
      kept.map(([name, value]) => [name.slice(0, KEPT_CHARACTERS), paramText(value).slice(0, KEPT_CHARACTERS)]),
    );
  } catch {
    // Not JSON: there are none.
    return {};
  }
}
