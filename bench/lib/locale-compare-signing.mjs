import { createHash } from 'node:crypto';

/**
 * Signing as the gateway's documents suggest it to JavaScript users, written anew: the non-empty parameters, sorted by
 * localeCompare of their names, joined, and hashed. The order of the documents ignores case, which `localeCompare` does
 * where it is told so; as it stands, it puts `a` before `A`.
 *
 * @param {...unknown} how what localeCompare gets behind the other name: locale and options
 */
export function localeCompareSigning(...how) {
  return (params, secret) => {
    const pairs = Object.entries(params).filter(([, value]) => value !== '' && value !== null && value !== undefined);
    const text = pairs
      .toSorted(([a], [b]) => a.localeCompare(b, ...how))
      .map(([name, value]) => `${name}=${value}`)
      .join('&');
    return createHash('md5').update(`${text}&key=${secret}`).digest('hex').toUpperCase();
  };
}
