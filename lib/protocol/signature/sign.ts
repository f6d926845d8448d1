import crypto from 'node:crypto';
import { canonicalize, type SignableParams } from './canonicalize.js';

/**
 * The signature for a message's `sign` parameter: MD5 over the UTF-8 bytes of `canonicalize(params) + "key=" + secret`,
 * as 32 upper-case hex digits. Pass the parameters without `sign`.
 *
 * Source: protocol §1.
 *
 * @throws TypeError when the secret is empty or a value cannot be signed.
 */
export function sign(params: SignableParams, secret: string): string {
  return digestCanonical(canonicalize(params), secret).toUpperCase();
}

/** The signature of a canonical text, in lower case. */
export function digestCanonical(canonical: string, secret: string): string {
  if (typeof secret !== 'string' || secret === '') {
    throw new TypeError('The secret is empty, so anybody could sign with it. Pass the secret of the merchant’s app.');
  }
  // One call: a createHash object takes 0.5 µs more.
  return crypto.hash('md5', `${canonical}key=${secret}`, 'hex');
}
