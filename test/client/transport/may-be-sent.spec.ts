import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AxiosError } from 'axios';
import { Pass2PayConnectionError, Pass2PayTimeoutError } from '../../../lib/errors/pass2pay.errors.js';
import type { Pass2PayOptions } from '../../../lib/pass2pay.options.js';
import { RESPONSE, RAW_RESPONSE } from './support/gateway-response.js';
import { startRawServer } from './support/raw-server.js';
import { TestClock } from '../../support/test-clock.js';
import { closeAll, closing, NOBODY, testClient, TLS } from './support/test-client.js';

const clock = TestClock.install();
afterEach(closeAll);
afterAll(() => clock.uninstall());

/** How much later than asked undici's timers go off, at the most. */
const UNDICI_SLACK_MS = 1_000;

const MAYBE_SENT = { code: 'PASS2PAY_CONNECTION', requestSent: true };

describe.each(['undici', 'axios'] as const)('by %s, a request may have been sent', (adapter) => {
  it.each<[string, (socket: Socket) => unknown]>([
    ['is reset', (socket) => socket.resetAndDestroy()],
    ['is closed', (socket) => socket.end()],
    ['breaks within the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le')],
    ['breaks within the answer', (socket) => socket.end(RAW_RESPONSE.slice(0, -5))],
    ['is reset within the answer', (socket) => socket.write(RAW_RESPONSE.slice(0, -5), () => socket.resetAndDestroy())],
    ['carries what is no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n')],
  ])('where the connection %s', async (_what, response) => {
    const server = closing(await startRawServer(response));
    const { failure } = await testClient(server.url, { adapter });
    expect(await failure()).toMatchObject(MAYBE_SENT);
    expect(server.requests()).toBe(1);
  });

  it('where the answer is too long', async () => {
    const server = closing(
      await startRawServer((socket) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(5_000)}`)),
    );
    const { failure } = await testClient(server.url, { adapter, maxResponseBytes: 4_000 });
    const error = await failure();
    expect(error).toMatchObject(MAYBE_SENT);
    expect(error.message).toContain('ERR_BAD_RESPONSE');
  });

  it('where a connection that was kept alive is reset when the next request is on it', async () => {
    const server = closing(
      await startRawServer((socket, _request, nth) =>
        nth === 1 ? socket.write(RAW_RESPONSE) : socket.resetAndDestroy(),
      ),
    );
    const { create, failure } = await testClient(server.url, { adapter });
    await create();
    // Undici takes a connection for free in the next turn of the event loop.
    await nextTurn();
    expect(await failure()).toMatchObject(MAYBE_SENT);
    expect(server.received).toHaveLength(1);
    expect(server.requests()).toBe(2);
  });

  it('where an interceptor has sent it a second time, and only the second never left', async () => {
    const server = closing(await startRawServer((socket) => socket.resetAndDestroy()));
    const { client, failure } = await testClient(server.url, { adapter });
    let isAgain = false;
    client.axios.interceptors.response.use(undefined, async (error: AxiosError) => {
      if (isAgain) throw error;
      isAgain = true;
      return client.axios.request({ ...error.config!, url: NOBODY });
    });
    const error = await failure();
    expect(error).toMatchObject(MAYBE_SENT);
    expect(error.message).toContain('ECONNREFUSED');
  });
});

describe('a connection that the gateway closes while the next request is being written', () => {
  it('loses no request twice: each arrives once at the most, and fails as one that may have been sent', async () => {
    const server = closing(
      await startRawServer((socket) => socket.write(RAW_RESPONSE, () => setImmediate(() => socket.destroy()))),
    );
    const { create } = await testClient(server.url);
    const results: string[] = [];
    for (let i = 0; i < 40; i++) {
      const failed = await create(`O-${i}.`).then(
        () => undefined,
        (error: Pass2PayConnectionError) => error,
      );
      if (failed !== undefined) expect(failed).toMatchObject(MAYBE_SENT);
      results.push(failed === undefined ? 'answered' : 'failed');
      const arrived = server.received.join('').split(`O-${i}.`).length - 1;
      expect(arrived).toBeLessThanOrEqual(1);
      if (failed === undefined) expect(arrived).toBe(1);
    }
    expect(results).toContain('answered');
  });
});

describe('a gateway that is slow', () => {
  /** Resolves when undici has read the headers of an answer. */
  async function responseBegins(): Promise<void> {
    return new Promise((resolve) => {
      const read = () => {
        unsubscribe('undici:request:headers', read);
        resolve();
      };
      subscribe('undici:request:headers', read);
    });
  }

  it('to begin its answer ends the request after the time for that', async () => {
    const server = closing(await startRawServer(() => {}));
    const { failure } = await testClient(server.url, { headersTimeoutMs: 3_000 }, { timeoutMs: 60_000 });
    const error = failure();
    await server.came(1);
    await clock.tick(3_000 + UNDICI_SLACK_MS);
    expect(await error).toBeInstanceOf(Pass2PayTimeoutError);
    expect(await error).toMatchObject({ timeoutMs: 3_000 });
  });

  it('within its answer ends the request after the time for that', async () => {
    const server = closing(await startRawServer((socket) => socket.write(RAW_RESPONSE.slice(0, -5))));
    const { failure } = await testClient(server.url, { bodyTimeoutMs: 3_000 }, { timeoutMs: 60_000 });
    const begun = responseBegins();
    const error = failure();
    await begun;
    await clock.tick(3_000 + UNDICI_SLACK_MS);
    expect(await error).toMatchObject({ code: 'PASS2PAY_TIMEOUT', timeoutMs: 3_000 });
  });

  it.each<[string, Pass2PayOptions['transport'], object]>([
    ['undici', {}, {}],
    ['axios', { adapter: 'axios' }, {}],
    ['axios for what undici cannot do', {}, { maxRedirects: 5 }],
    ['axios with a signal of the interceptor', { adapter: 'axios' }, { signal: new AbortController().signal }],
  ])('has the connection closed under a request that nobody waits for any more: %s', async (_by, transport, set) => {
    let isClosed!: () => void;
    const closed = new Promise<void>((resolve) => {
      isClosed = resolve;
    });
    const server = closing(await startRawServer((socket) => socket.on('close', isClosed)));
    const { client, failure } = await testClient(server.url, transport, { timeoutMs: 50 });
    client.axios.interceptors.request.use((config) => Object.assign(config, set));
    const error = failure();
    await server.came(1);
    await clock.tick(50);
    expect(await error).toBeInstanceOf(Pass2PayTimeoutError);
    await closed;
  });

  it.each(['undici', 'axios'] as const)('ends with the signal that an interceptor has set, by %s', async (adapter) => {
    const ending = new AbortController();
    const server = closing(await startRawServer(() => ending.abort()));
    const { client, failure } = await testClient(server.url, { adapter }, { timeoutMs: 60_000 });
    client.axios.interceptors.request.use((config) => Object.assign(config, { signal: ending.signal }));
    expect(await failure()).toMatchObject(MAYBE_SENT);
  });

  it.each(['undici', 'axios'] as const)('is not asked once the time is over, by %s', async (adapter) => {
    const server = closing(await startRawServer((socket) => socket.write(RAW_RESPONSE)));
    const { client, failure } = await testClient(server.url, { adapter }, { timeoutMs: 50 });
    let isOver!: () => void;
    const over = new Promise<void>((resolve) => {
      isOver = resolve;
    });
    let isIntercepted!: () => void;
    const intercepted = new Promise<void>((resolve) => {
      isIntercepted = resolve;
    });
    client.axios.interceptors.request.use(async (config) => {
      isIntercepted();
      await over;
      return config;
    });
    const ended = new Promise<string | undefined>((resolve) => {
      client.axios.interceptors.response.use(undefined, (error: AxiosError) => {
        resolve(error.code);
        throw error;
      });
    });
    const error = failure();
    await intercepted;
    await clock.tick(50);
    expect(await error).toBeInstanceOf(Pass2PayTimeoutError);
    isOver();
    expect(await ended).toBe('ERR_CANCELED');
    expect(server.requests()).toBe(0);
  });
});

describe('a request on HTTP/2', () => {
  async function http2Gateway(onStream: (stream: ServerHttp2Stream, nth: number, socket: Socket) => void) {
    let count = 0;
    let latest!: Socket;
    const server = createSecureServer({ ...TLS.server, allowHTTP1: false });
    server.on('sessionError', () => {});
    server.on('secureConnection', (socket: Socket) => {
      latest = socket;
    });
    server.on('stream', (stream) => {
      stream.on('error', () => {});
      stream.resume();
      stream.on('end', () => onStream(stream, (count += 1), latest));
    });
    const sessions = new Set<{ destroy(): void }>();
    server.on('session', (session) => {
      sessions.add(session);
      session.on('close', () => sessions.delete(session));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    closing({
      close: () =>
        new Promise((resolve) => {
          for (const session of sessions) session.destroy();
          server.close(resolve);
        }),
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, count: () => count };
  }
  const respond = (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200 });
    stream.end(RESPONSE);
  };

  it.each<[string, (stream: ServerHttp2Stream, socket: Socket) => unknown]>([
    ['its stream is reset', (stream) => stream.close(2)],
    ['its stream is refused', (stream) => stream.close(7)],
    ['the session says GOAWAY', (stream) => stream.session!.goaway(0)],
    ['the session is destroyed', (stream) => stream.session!.destroy()],
    ['the connection is reset', (_stream, socket) => socket.destroy()],
  ])('is not sent again where %s, and may have been sent', async (_what, fault) => {
    const gateway = await http2Gateway((stream, nth, socket) => (nth === 1 ? fault(stream, socket) : respond(stream)));
    const { create, failure } = await testClient(gateway.url, { tls: { ca: TLS.ca } });
    const error = await failure();
    expect(error).toMatchObject(MAYBE_SENT);
    expect(gateway.count()).toBe(1);
    // And the next one is answered, on a connection of its own where the first is gone.
    await create('O2');
    expect(gateway.count()).toBe(2);
  });

  it('is not sent again where several are under way when the session ends', async () => {
    const gateway = await http2Gateway((stream, nth) => {
      if (nth === 8) stream.session!.goaway(0);
      stream.session!.destroy();
    });
    const { create } = await testClient(gateway.url, { tls: { ca: TLS.ca } });
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => create(`O${i}`)));
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: MAYBE_SENT });
    expect(gateway.count()).toBe(8);
  });
});
