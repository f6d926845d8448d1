import { inspect } from 'node:util';
import { afterAll } from '@jest/globals';
import { Pass2PayError } from '../../lib/errors/pass2pay.errors.js';
import { DEFAULT_MERCHANT } from '../../sandbox/gateway/options.js';
import { logged } from './recording-logger.js';
import { MERCHANT } from './test-merchant.js';

/**
 * Runs around every test file: what its traffic has logged and thrown must not hold a secret, a signature, a signed
 * text, or the payer's data that the tests use.
 */
const FORBIDDEN: Readonly<Record<string, string | RegExp>> = {
  'a secret': MERCHANT.secrets,
  'the sandbox’s secret': DEFAULT_MERCHANT.secret,
  'the payer’s name': '张三',
  'the payer’s phone number': '13812341234',
  'the payer’s ID card number': '320681198603213312',
  'the receiver’s account number': '6222020200112233445',
  'a signature': /(?<![0-9A-Za-z])(?=[0-9A-F]*[A-F])[0-9A-F]{32}(?![0-9A-Za-z])/,
  'a signed text': /&signType=MD5|&key=/,
};

const thrown: Pass2PayError[] = [];

// The constructor sets the name: a setter on the prototype sees every error of the module, thrown or only made.
Object.defineProperty(Pass2PayError.prototype, 'name', {
  configurable: true,
  set(this: Pass2PayError, value: string) {
    thrown.push(this);
    Object.defineProperty(this, 'name', { value, writable: true, configurable: true, enumerable: true });
  },
});

afterAll(() => {
  const texts = [...logged, ...thrown.map((error) => inspect(error, { depth: 12, showHidden: true }))];
  const leaks = texts.flatMap((text) =>
    Object.entries(FORBIDDEN)
      .filter(([, secret]) => (typeof secret === 'string' ? text.includes(secret) : secret.test(text)))
      .map(([what]) => `${what} in: ${text.slice(0, 500)}`),
  );
  if (leaks.length > 0) throw new Error(`${leaks.length} leaks, the first: ${leaks[0]}`);
});
