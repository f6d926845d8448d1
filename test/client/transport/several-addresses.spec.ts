import { afterEach, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import timers from 'node:timers/promises';
import type { Pass2PayApiError } from '../../../lib/errors/pass2pay.errors.js';
import { closeAll, closing, testClient } from './support/test-client.js';

const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];

/** Node's own time for one of several addresses. */
const ATTEMPT_MS = 250;

afterEach(async () => {
  jest.restoreAllMocks();
  await closeAll();
});

/** Whoever asks for a name's addresses is told these, as `gateway.test` is known to no resolver. */
function resolveTo(addresses: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    jest.spyOn(dns, 'lookup').mockImplementation(((_name: string, _options: object, callback: Function) => {
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
      resolve();
    }) as unknown as typeof dns.lookup);
  });
}

/** A server whose queue of connections is full until `accept` is called. */
async function fullServer(): Promise<{ port: number; accept: () => void }> {
  const script = new URL('./support/full-queue-server.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  closing({
    close: async () => {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const port = Number(line);
  for (let queued = 0; queued < 2; queued += 1) {
    const filler = connect(port, '127.0.0.1');
    filler.on('error', () => {});
    closing({ close: async () => void filler.destroy() });
    await once(filler, 'connect');
  }
  return { port, accept: () => void child.stdin.end() };
}

it('B4: a TCP handshake may take longer than Node gives one of several addresses', async () => {
  const { port, accept } = await fullServer();
  const asked = resolveTo(ADDRESSES);
  const { failure } = await testClient(
    `http://gateway.test:${port}`,
    { connectTimeoutMs: 60_000, proxy: false },
    { timeoutMs: 120_000 },
  );
  const refusal = failure() as Promise<Pass2PayApiError>;
  await asked;
  await timers.setTimeout(2 * ATTEMPT_MS);
  accept();
  // The server says at which of its addresses the request came: the first one was not left.
  expect(await refusal).toMatchObject({ code: 'PASS2PAY_API', gatewayMessage: ADDRESSES[0] });
}, 120_000);
