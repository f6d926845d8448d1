import { expect, it } from '@jest/globals';
import { demandNode } from '../../../lib/client/transport/runtime.js';
import { Pass2PayConfigError } from '../../../lib/errors/pass2pay.errors.js';
import { thrownBy } from '../support/failure-of.js';

it.each([
  ['Bun', { bun: '1.3.3' }, 'Bun replaces undici and the HTTP client of Node.js with its own'],
  ['Deno', { deno: '2.5.6' }, 'Deno replaces the sockets and TLS of Node.js with its own'],
])('the issue of %s names the option, what could happen, and what to use', (name, versions, reason) => {
  const [version] = Object.values(versions);
  expect(thrownBy(Pass2PayConfigError, () => demandNode(versions)).issues).toStrictEqual([
    {
      field: 'transport',
      message: `transport cannot work on ${name} ${version}: ${reason}, so unsent payments could not be distinguished from sent ones; use Node.js`,
    },
  ]);
});
