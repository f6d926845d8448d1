import { createHash } from 'node:crypto';

/**
 * Signing as the gateway's documents suggest it to JavaScript users, written anew: the non-empty parameters, sorted by
 * localeCompare of their names, joined, and hashed.
 */
export function signByLocaleCompare(params, secret) {
  const pairs = Object.entries(params).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  const text = pairs
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return createHash('md5').update(`${text}&key=${secret}`).digest('hex').toUpperCase();
}
