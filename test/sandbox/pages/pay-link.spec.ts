import { networkInterfaces } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { payLinkOf } from '../../../sandbox/gateway/pages/cashier/pay-link.js';
import type { SandboxOrder } from '../../../sandbox/index.js';

const ORDER = { cashierToken: 'abc' } as SandboxOrder;

const network = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal);

describe('the link in the QR code', () => {
  it.each([
    // How the browser called the sandbox, when that is good for others too.
    ['192.168.1.7:9000', false, 'http://192.168.1.7:9000', false],
    ['Build-Box.local:9000', false, 'http://build-box.local:9000', false],
    ['sandbox.test', false, 'http://sandbox.test', false],
    ['[fd00::1]:9000', false, 'http://[fd00::1]:9000', false],
    // Else its own URL.
    ['localhost:9000', false, 'http://127.0.0.1:9000', true],
    ['127.0.0.1:9000', false, 'http://127.0.0.1:9000', true],
    ['[::1]:9000', false, 'http://127.0.0.1:9000', true],
    [undefined, false, 'http://127.0.0.1:9000', true],
    // What no browser sends.
    ['user@evil.test', false, 'http://127.0.0.1:9000', true],
    ['evil.test/path?', false, 'http://127.0.0.1:9000', true],
    ['not a host', false, 'http://127.0.0.1:9000', true],
  ])('for Host %s is that of %s %s', (host, everywhere, origin, onlyHere) => {
    expect(payLinkOf(ORDER, 'http://127.0.0.1:9000', everywhere, host)).toEqual({
      url: `${origin}/cashier?payOrderToken=abc`,
      onlyHere,
    });
  });

  it('names this computer’s address in its network, when the sandbox listens there', () => {
    const { url, onlyHere } = payLinkOf(ORDER, 'http://localhost:9000', true, 'localhost:9000');
    expect(url).toBe(`http://${network?.address ?? 'localhost'}:9000/cashier?payOrderToken=abc`);
    expect(onlyHere).toBe(network === undefined);
  });
});
