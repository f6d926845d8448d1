import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { TlsOptions as ServerTlsOptions } from 'node:tls';
import { createServer, type Socket } from 'node:net';
import { isHandshakeFailure } from '../../../lib/client/transport/handshake-failure.js';
import { RESPONSE, RAW_RESPONSE } from './support/gateway-response.js';
import { startRawServer } from './support/raw-server.js';
import { TestClock } from '../../support/test-clock.js';
import { closeAll, closing, NO_HOST, NOBODY, testClient, TLS } from './support/test-client.js';

const clock = TestClock.install();
afterEach(closeAll);
afterAll(() => clock.uninstall());

/** A gateway over TLS that answers well, and counts what it is asked. */
async function tlsGateway(options: ServerTlsOptions = TLS.server): Promise<{ url: string; requests: () => number }> {
  let requests = 0;
  const server: Server = createTlsServer(options, (request, response) => {
    requests += 1;
    request.resume().on('end', () => response.end(RESPONSE));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing({
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests };
}

/** How much later than asked undici's timers go off, at the most. */
const UNDICI_SLACK_MS = 1_000;

/** A server's connection that brings the first bytes of a TLS handshake. */
function connecting(): { arrival: (socket: Socket) => void; arrived: Promise<void> } {
  let arrival!: (socket: Socket) => void;
  const arrived = new Promise<void>((resolve) => {
    arrival = (socket) => socket.once('data', () => resolve());
  });
  return { arrival, arrived };
}

const NOT_SENT = { code: 'PASS2PAY_CONNECTION', requestSent: false, retryable: true };

describe.each(['undici', 'axios'] as const)('by %s, a request provably never left', (adapter) => {
  it('where nobody listens', async () => {
    const { failure } = await testClient(NOBODY, { adapter });
    const error = await failure();
    expect(error).toMatchObject(NOT_SENT);
    expect(error.message).toContain('(ECONNREFUSED); the request was not sent');
  });

  it('where the name is not known', async () => {
    const { failure } = await testClient(`https://${NO_HOST}`, { adapter });
    expect(await failure()).toMatchObject(NOT_SENT);
  });

  it('where the certificate is of an authority that is not trusted', async () => {
    const gateway = await tlsGateway();
    const { failure } = await testClient(gateway.url, { adapter });
    expect(await failure()).toMatchObject(NOT_SENT);
    expect(gateway.requests()).toBe(0);
  });
});

describe('a request provably never left', () => {
  it('where the other side speaks no TLS', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n', () => socket.destroySoon());
    });
    await new Promise<void>((resolve) => {
      plain.listen(0, '127.0.0.1', resolve);
    });
    closing({ close: () => new Promise((resolve) => plain.close(resolve)) });
    const { failure } = await testClient(`https://127.0.0.1:${(plain.address() as AddressInfo).port}`);
    expect(await failure()).toMatchObject(NOT_SENT);
  });

  it('where the certificate is for another host', async () => {
    const gateway = await tlsGateway();
    const { failure } = await testClient(gateway.url, { tls: { ca: TLS.ca, servername: 'other.test' } });
    const error = await failure();
    expect(error).toMatchObject(NOT_SENT);
    expect(error.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(gateway.requests()).toBe(0);
  });

  it('where the environment would have certificates pass unchecked', async () => {
    const gateway = await tlsGateway();
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const { failure } = await testClient(gateway.url);
      expect(await failure()).toMatchObject(NOT_SENT);
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
    expect(gateway.requests()).toBe(0);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('where the gateway asks for a certificate and gets none, %s', async (v) => {
    const asking = { ...TLS.server, ca: TLS.ca, requestCert: true, rejectUnauthorized: true };
    const gateway = await tlsGateway({ ...asking, minVersion: v, maxVersion: v });
    const { failure } = await testClient(gateway.url, { tls: { ca: TLS.ca } });
    // With TLS 1.3 the refusal comes behind the request, and may be lost in the reset that follows it.
    expect(await failure()).toMatchObject(v === 'TLSv1.3' ? { code: 'PASS2PAY_CONNECTION' } : NOT_SENT);
    expect(gateway.requests()).toBe(0);
    const { create } = await testClient(gateway.url, { tls: { ca: TLS.ca, ...TLS.client } });
    await expect(create()).resolves.toBeDefined();
  });

  it('where the connection breaks in the TLS handshake', async () => {
    const server = closing(
      await startRawServer(
        () => {},
        (socket) => socket.once('data', () => socket.resetAndDestroy()),
      ),
    );
    const { failure } = await testClient(server.url.replace('http:', 'https:'));
    expect(await failure()).toMatchObject(NOT_SENT);
  });

  it('where the TLS handshake does not end in time', async () => {
    const { arrival, arrived } = connecting();
    const server = closing(await startRawServer(() => {}, arrival));
    const { failure } = await testClient(server.url.replace('http:', 'https:'), { connectTimeoutMs: 3_000 });
    const error = failure();
    await arrived;
    await clock.tick(3_000 + UNDICI_SLACK_MS);
    expect(await error).toMatchObject(NOT_SENT);
    expect((await error).message).toContain('(ETIMEDOUT)');
  });

  it('where the application has shut down', async () => {
    const server = closing(await startRawServer((socket) => socket.write(RAW_RESPONSE)));
    const { failure, stop } = await testClient(server.url);
    await stop();
    expect(await failure()).toMatchObject({ code: 'PASS2PAY_CONNECTION', requestSent: false });
    expect(server.requests()).toBe(0);
  });
});

it.each([
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', true],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', true],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', true],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', true],
  ['CERT_HAS_EXPIRED', true],
  // These can strike an answer that is on its way.
  ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', false],
  ['ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC', false],
  ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', false],
  ['ECONNRESET', false],
  [undefined, false],
])('the code %s proves that TLS was never agreed on: %s', (code, isProof) => {
  expect(isHandshakeFailure(code)).toBe(isProof);
});

describe('through a proxy, a request provably never left', () => {
  const through = (proxy: string, transport = {}) => testClient('https://gateway.test', { proxy, ...transport });

  it.each([
    ['407 Proxy Authentication Required', /407/],
    ['502 Bad Gateway', /502/],
  ])('where the proxy answers %s', async (response, message) => {
    const proxy = closing(await startRawServer((socket) => socket.end(`HTTP/1.1 ${response}\r\n\r\n`)));
    const error = await (await through(proxy.url)).failure();
    expect(error).toMatchObject({ ...NOT_SENT, cause: { message: expect.stringMatching(message) } });
    expect(error.message).toContain('ERR_PROXY_TUNNEL');
    expect(proxy.received.join('')).not.toContain('POST');
  });

  it('where the proxy hangs up, and it is asked once', async () => {
    const proxy = closing(await startRawServer((socket) => socket.destroy()));
    expect(await (await through(proxy.url)).failure()).toMatchObject(NOT_SENT);
    expect(proxy.requests()).toBe(1);
  });

  it('where the proxy says nothing', async () => {
    const proxy = closing(await startRawServer(() => {}));
    const error = (await through(proxy.url, { connectTimeoutMs: 3_000 })).failure();
    await proxy.came(1);
    await clock.tick(3_000 + UNDICI_SLACK_MS);
    expect(await error).toMatchObject(NOT_SENT);
  });

  it('where nobody listens', async () => {
    const error = await (await through(NOBODY)).failure();
    expect(error).toMatchObject(NOT_SENT);
  });
});
