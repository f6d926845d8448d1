import { randomBytes } from 'node:crypto';

/** Crockford's base 32: without letters that look like digits. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** How many random digits a number has: 5 bits each. */
const RANDOM_DIGITS = 22;

/**
 * A new number of an order, such as `202405283q8v7zt0w5m1k9hxb2c4dn`: 30 digits and small letters, so that no two are one order to
 * the gateway, which compares numbers without case; unique without asking anybody, and not to be guessed. Source: protocol §10.
 */
export function newCheckoutNumber(now = Date.now()): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '');
  return day + Array.from(randomBytes(RANDOM_DIGITS), (byte) => DIGITS[byte % DIGITS.length]).join('');
}
