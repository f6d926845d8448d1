import { createHash } from 'node:crypto';

/**
 * Signing as the gateway's documents suggest it for JavaScript, reimplemented here: the non-empty parameters, sorted
 * with localeCompare by name, joined, and hashed. The order in the documents ignores case; `localeCompare` does so only
 * with an option, and puts `a` before `A` by default.
 *
 * @param {...unknown} how further arguments of localeCompare: locale and options
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
