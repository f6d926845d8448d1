import type { FlatParams } from './flat-params.js';

/** With an `&` in a value, the same signature is valid for other messages too. Source: protocol §1, security hole. */
export function isAmbiguous(params: FlatParams): boolean {
  return Object.values(params).some((value) => value.includes('&'));
}
