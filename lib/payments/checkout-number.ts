import { randomBytes } from 'node:crypto';

/** Crockford's base 32, without letters that look like digits. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Number of random digits, with 5 bits each. */
const RANDOM_DIGITS = 22;

/**
 * Generates an order number, such as `202405283q8v7zt0w5m1k9hxb2c4dn`: 30 digits and lower-case letters, because the
 * gateway ignores case. Unique without coordination, and unguessable. Source: protocol §10.
 */
export function newCheckoutNumber(now = Date.now()): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '');
  return day + Array.from(randomBytes(RANDOM_DIGITS), (byte) => DIGITS[byte % DIGITS.length]).join('');
}
