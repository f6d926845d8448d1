import { expect, it } from '@jest/globals';
import { demandNode } from '../../../lib/client/transport/runtime.js';
import { Pass2PayConfigError } from '../../../lib/errors/pass2pay.errors.js';

it.each([
  ['Bun', { node: '24.3.0', bun: '1.3.3' }, 'transport cannot work on Bun 1.3.3: Bun replaces undici'],
  [
    'Deno',
    { node: '24.2.0', deno: '2.5.6', v8: '14' },
    'transport cannot work on Deno 2.5.6: Deno replaces the sockets',
  ],
])('B9: %s is refused, with the reason', (_runtime, versions, message) => {
  expect(() => demandNode(versions)).toThrow(Pass2PayConfigError);
  expect(() => demandNode(versions)).toThrow(message);
  expect(() => demandNode(versions)).toThrow('use Node.js');
});

it('B9: Node.js is not', () => {
  expect(() => demandNode({ node: '20.20.0' })).not.toThrow();
  expect(() => demandNode()).not.toThrow();
});
