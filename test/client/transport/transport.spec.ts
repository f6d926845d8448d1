import { inspect } from 'node:util';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import axios from 'axios';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Attempt } from '../../../lib/client/transport/attempt.js';
import { resolveTransport, type TransportOptions } from '../../../lib/client/transport/transport-options.js';
import { Transport } from '../../../lib/client/transport/transport.js';
import { TestClock } from '../../support/test-clock.js';
import { rejectionOf } from '../support/failure-of.js';
import { startRawServer, type RawServer } from './support/raw-server.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const TIMEOUT_MS = 9_000;

const clock = TestClock.install();
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});
afterAll(() => clock.uninstall());

function transportWith(options: TransportOptions = {}, maxConcurrent = 1) {
  const resolved = resolveTransport({ proxy: options.adapter === 'axios' ? undefined : false, ...options });
  const transport = new Transport(axios.create(), { transport: resolved, maxConcurrent, timeoutMs: TIMEOUT_MS });
  open.push({ close: () => transport.onApplicationShutdown() });
  return transport;
}

async function gateway(onRequest: (socket: Socket) => void = (socket) => socket.write(OK)): Promise<RawServer> {
  const server = await startRawServer(onRequest);
  open.push(server);
  return server;
}

const create = (url: string) => ({ url, method: 'post', data: 'x', maxRedirects: 0 });

describe.each(['undici', 'axios'] as const)('requests by %s', (adapter) => {
  it('belong to their attempt', async () => {
    const { url } = await gateway();
    const attempt = new Attempt();
    expect(await transportWith({ adapter }).request(create(url), attempt)).toMatchObject({ status: 200, data: 'ok' });
    expect(attempt.mayHaveActed).toBe(true);
  });

  it('are aborted with their attempt', async () => {
    const server = await gateway(() => {});
    const attempt = new Attempt();
    const failure = rejectionOf(transportWith({ adapter }).request(create(server.url), attempt));
    await server.came(1);
    attempt.end();
    expect(await failure).toMatchObject({ code: 'ERR_CANCELED' });
  });

  it('may be the application’s own, without an attempt', async () => {
    const { url } = await gateway();
    const transport = transportWith({ adapter });
    expect(await transport.axios.request(create(url))).toMatchObject({ status: 200, data: 'ok' });
  });

  it('are really made by it', async () => {
    const { url, received } = await gateway();
    await transportWith({ adapter }).request(create(url), new Attempt());
    // Only axios's own adapter asks for encodings.
    expect(/accept-encoding/i.test(received[0]!)).toBe(adapter === 'axios');
  });
});

it('uses at most as many connections as requests are allowed at once', async () => {
  const { url, received } = await gateway();
  const transport = transportWith({}, 2);
  await Promise.all(Array.from({ length: 4 }, () => transport.request(create(url), new Attempt())));
  expect(received).toHaveLength(2);
});

it('has the response timeouts of the options', async () => {
  const server = await gateway(() => {});
  const failure = rejectionOf(transportWith({ headersTimeoutMs: 5_000 }).request(create(server.url), new Attempt()));
  await server.came(1);
  await clock.tick(6_000);
  expect(await failure).toMatchObject({ timeoutMs: 5_000, requestSent: true });
});

it('removes the defaults of axios that requests do not need', () => {
  expect(Object.keys(transportWith().axios.defaults.headers)).toStrictEqual(['common', 'post']);
});

it('refuses another runtime than Node.js', () => {
  const { versions } = process;
  Object.defineProperty(process, 'versions', { value: { ...versions, bun: '1.3.3' } });
  expect(() => transportWith()).toThrow('transport cannot work on Bun 1.3.3');
  Object.defineProperty(process, 'versions', { value: versions });
});

it('shows neither a proxy’s password nor a key when it is printed', () => {
  const key = '-----BEGIN PRIVATE KEY-----';
  const transport = transportWith({ proxy: 'http://me:passphrase@127.0.0.1:1', tls: { key } });
  const printed = inspect(transport, { depth: 12, showHidden: true });
  expect(printed).not.toContain('passphrase');
  expect(printed).not.toContain(key);
});

describe('the shutdown of the application', () => {
  it('waits for current requests, and then closes the connections', async () => {
    let arrived!: (socket: Socket) => void;
    const arrival = new Promise<Socket>((resolve) => {
      arrived = resolve;
    });
    const { url } = await gateway(arrived);
    const transport = transportWith();
    const response = transport.request(create(url), new Attempt());
    const socket = await arrival;
    const closed = once(socket, 'close');
    const shutdown = transport.onApplicationShutdown();
    await clock.tick(TIMEOUT_MS - 1);
    expect(await Promise.race([shutdown, Promise.resolve('waiting')])).toBe('waiting');
    socket.write(OK);
    expect(await response).toMatchObject({ data: 'ok' });
    await shutdown;
    await closed;
  });

  it.each(['directly', 'through a proxy'])('ends requests that take longer than the timeout, sent %s', async (how) => {
    const silent = await startRawServer((socket, request) => {
      if (request.startsWith('CONNECT ')) socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    });
    open.push(silent);
    const isProxied = how === 'through a proxy';
    const transport = transportWith(isProxied ? { proxy: silent.url } : {});
    const failure = rejectionOf(transport.axios.request(create(isProxied ? 'http://gateway.example' : silent.url)));
    await silent.came(isProxied ? 2 : 1);
    const shutdown = transport.onApplicationShutdown();
    await clock.tick(TIMEOUT_MS);
    expect(await failure).toMatchObject({ requestSent: true });
    await shutdown;
  });

  it('ends such requests to every host', async () => {
    const hosts = [await gateway(() => {}), await gateway(() => {})];
    const transport = transportWith();
    const failures = hosts.map(({ url }) => rejectionOf(transport.axios.request(create(url))));
    for (const host of hosts) await host.came(1);
    const shutdown = transport.onApplicationShutdown();
    await clock.tick(TIMEOUT_MS);
    expect(await Promise.all(failures)).toMatchObject([{ requestSent: true }, { requestSent: true }]);
    await shutdown;
  });

  it('happens once, and leaves no timer behind', async () => {
    const setTimer = jest.spyOn(globalThis, 'setTimeout');
    const clearTimer = jest.spyOn(globalThis, 'clearTimeout');
    const transport = transportWith();
    const first = transport.onApplicationShutdown();
    expect(transport.onApplicationShutdown()).toBe(first);
    await first;
    const waits = setTimer.mock.calls.flatMap(([, ms], i) =>
      ms === TIMEOUT_MS ? [setTimer.mock.results[i]!.value] : [],
    );
    expect(waits).toHaveLength(1);
    expect(clearTimer).toHaveBeenCalledWith(waits[0] as NodeJS.Timeout);
    jest.restoreAllMocks();
  });

  it('has nothing to close with axios’s own adapter', async () => {
    const setTimer = jest.spyOn(globalThis, 'setTimeout');
    await expect(transportWith({ adapter: 'axios' }).onApplicationShutdown()).resolves.toBeUndefined();
    expect(setTimer).not.toHaveBeenCalled();
    jest.restoreAllMocks();
  });

  it('ends the transport: a later request is not sent', async () => {
    const server = await gateway();
    const transport = transportWith();
    await transport.onApplicationShutdown();
    await nextTurn();
    await expect(transport.request(create(server.url), new Attempt())).rejects.toMatchObject({ requestSent: false });
    expect(server.requests()).toBe(0);
  });
});
