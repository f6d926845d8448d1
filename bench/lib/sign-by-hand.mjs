import { createHash, timingSafeEqual } from 'node:crypto';

/** The signature as an application writes it without the module. */
export function signByHand(params, secret) {
  const text = Object.keys(params)
    .filter((name) => params[name] !== '')
    .toSorted()
    .map((name) => `${name}=${params[name]}`)
    .join('&');
  return createHash('md5').update(`${text}&key=${secret}`).digest('hex').toUpperCase();
}

export function isSignedByHand(params, sign, secret) {
  const expected = Buffer.from(signByHand(params, secret));
  const given = Buffer.from(String(sign));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
