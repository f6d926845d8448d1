import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import net from 'node:net';
import tls from 'node:tls';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { createDispatcher } from '../../../lib/client/transport/dispatcher.js';
import { resolveTransport, type TransportOptions } from '../../../lib/client/transport/transport-options.js';
import { Pass2PayConfigError } from '../../../lib/errors/pass2pay.errors.js';
import { TestClock } from '../../support/test-clock.js';
import { rejectionOf, thrownBy } from '../support/failure-of.js';
import { startRawServer, type RawServer } from './support/raw-server.js';

const VARIABLES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const TUNNEL = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** How much later than asked undici's timers fire, at most. */
const UNDICI_SLACK_MS = 1_000;

const clock = TestClock.install();
const environment = { ...process.env };
let open: Dispatcher[] = [];
let servers: RawServer[] = [];

beforeEach(() => {
  for (const name of VARIABLES) delete process.env[name];
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const dispatcher of open) await dispatcher.destroy();
  for (const server of servers) await server.close();
  open = [];
  servers = [];
});
afterAll(() => {
  clock.uninstall();
  process.env = environment;
});

function dispatcherFor(options: TransportOptions, maxConnections = 1): Dispatcher {
  const dispatcher = createDispatcher(resolveTransport(options), maxConnections);
  open.push(dispatcher);
  return dispatcher;
}

async function serverWith(...parameters: Parameters<typeof startRawServer>): Promise<RawServer> {
  const started = await startRawServer(...parameters);
  servers.push(started);
  return started;
}

async function get(dispatcher: Dispatcher, origin: string): Promise<string> {
  const { body } = await dispatcher.request({ origin, path: '/', method: 'GET' });
  return body.text();
}

/** The options of the connections that requests begin; none of them is ever made. */
async function connectionsOf(dispatcher: Dispatcher, origin: string, requests = 1) {
  const idle = () => new net.Socket();
  const tcp = jest.spyOn(net, 'connect').mockImplementation(idle);
  const secure = jest.spyOn(tls, 'connect').mockImplementation(idle as () => tls.TLSSocket);
  for (let i = 0; i < requests; i++) get(dispatcher, origin).catch(() => {});
  await nextTurn();
  const begun = [...tcp.mock.calls, ...secure.mock.calls].map(
    ([options]) => options as unknown as tls.ConnectionOptions,
  );
  jest.restoreAllMocks();
  return begun;
}

describe('connections', () => {
  it('are at most as many as allowed', async () => {
    const begun = await connectionsOf(dispatcherFor({}, 3), 'http://gateway.test', 5);
    expect(begun).toHaveLength(3);
  });

  it('give half of the timeout to each address of a name', async () => {
    const [begun] = await connectionsOf(dispatcherFor({ connectTimeoutMs: 4_001 }), 'http://gateway.test');
    expect(begun).toMatchObject({ host: 'gateway.test', autoSelectFamilyAttemptTimeout: 2_001 });
  });

  it('time out', async () => {
    const dispatcher = dispatcherFor({ connectTimeoutMs: 20_000 });
    jest.spyOn(net, 'connect').mockImplementation(() => new net.Socket());
    const failure = rejectionOf(get(dispatcher, 'http://gateway.test'));
    await clock.tick(20_000 + UNDICI_SLACK_MS);
    expect(await failure).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT', message: /timeout: 20000ms/ });
  });

  it('are kept for as long as the options say', async () => {
    const closed: Promise<void>[] = [];
    const { url, received } = await serverWith(
      (socket) => socket.write(OK),
      (socket) => closed.push(new Promise((resolve) => socket.on('close', () => resolve()))),
    );
    const dispatcher = dispatcherFor({ keepAliveMs: 20_000 });
    await get(dispatcher, url);
    await nextTurn();
    await clock.tick(15_000);
    await get(dispatcher, url);
    expect(received).toHaveLength(1);
    await nextTurn();
    await clock.tick(20_000 + UNDICI_SLACK_MS);
    await Promise.all(closed);
  });

  it('are closed after each response if they are kept for 0 ms', async () => {
    const { url, received } = await serverWith((socket) => socket.write(OK));
    const dispatcher = dispatcherFor({ keepAliveMs: 0 });
    for (let i = 0; i < 2; i++) await get(dispatcher, url);
    expect(received).toHaveLength(2);
    expect(received[0]).toContain('connection: close');
  });
});

describe('TLS', () => {
  it('always checks the certificate, with the settings of the options', async () => {
    const dispatcher = dispatcherFor({
      tls: { ca: 'an authority', servername: 'other.test' },
      connectTimeoutMs: 3_000,
    });
    expect(await connectionsOf(dispatcher, 'https://gateway.test')).toMatchObject([
      {
        rejectUnauthorized: true,
        ca: 'an authority',
        servername: 'other.test',
        autoSelectFamilyAttemptTimeout: 1_500,
      },
    ]);
  });

  it.each([true, false])('offers HTTP/2 if the options say so: %p', async (http2) => {
    const [begun] = await connectionsOf(dispatcherFor({ http2 }), 'https://gateway.test');
    expect([begun!.ALPNProtocols].flat().includes('h2')).toBe(http2);
  });
});

describe('the proxy of the environment', () => {
  const hostFor = async (origin: string, variables: NodeJS.ProcessEnv, options: TransportOptions = {}) => {
    Object.assign(process.env, variables);
    const [begun] = await connectionsOf(dispatcherFor(options), origin);
    return begun!.host;
  };

  it.each([
    ['http_proxy', 'http://gateway.test', { http_proxy: 'http://p.test' }, 'p.test'],
    ['HTTP_PROXY', 'http://gateway.test', { HTTP_PROXY: 'http://p.test' }, 'p.test'],
    ['https_proxy', 'https://gateway.test', { https_proxy: 'http://p.test' }, 'p.test'],
    ['HTTPS_PROXY', 'https://gateway.test', { HTTPS_PROXY: 'http://p.test' }, 'p.test'],
    ['HTTPS_PROXY only for https', 'http://gateway.test', { HTTPS_PROXY: 'http://p.test' }, 'gateway.test'],
    [
      'each for its scheme',
      'http://gateway.test',
      { HTTP_PROXY: 'http://p.test', HTTPS_PROXY: 'http://q.test' },
      'p.test',
    ],
    [
      'the lower-case variable first',
      'http://gateway.test',
      { http_proxy: 'http://p.test', HTTP_PROXY: 'http://q.test' },
      'p.test',
    ],
    ['a host without a scheme', 'http://gateway.test', { HTTP_PROXY: 'p.test:3128' }, 'p.test'],
    ['surrounding spaces', 'http://gateway.test', { HTTP_PROXY: ' http://p.test ' }, 'p.test'],
    ['NO_PROXY', 'http://gateway.test', { HTTP_PROXY: 'http://p.test', NO_PROXY: 'gateway.test' }, 'gateway.test'],
  ])('is found: %s', async (_what, origin, variables, host) => {
    expect(await hostFor(origin, variables)).toBe(host);
  });

  it('is not used if the options say so', async () => {
    expect(await hostFor('http://gateway.test', { HTTP_PROXY: 'http://p.test' }, { proxy: false })).toBe(
      'gateway.test',
    );
  });

  it('is not used if the options name another', async () => {
    const variables = { HTTP_PROXY: 'http://p.test' };
    expect(await hostFor('http://gateway.test', variables, { proxy: 'http://q.test' })).toBe('q.test');
  });

  it('is none if the variables are empty', () => {
    Object.assign(process.env, { HTTP_PROXY: '', HTTPS_PROXY: ' ' });
    expect(dispatcherFor({})).toBeInstanceOf(Agent);
  });

  it('connects directly to a host in NO_PROXY', async () => {
    const { url } = await serverWith((socket) => socket.write(OK));
    Object.assign(process.env, { HTTP_PROXY: 'http://p.test', NO_PROXY: '127.0.0.1' });
    expect(await get(dispatcherFor({}), url)).toBe('ok');
  });

  it.each([
    ['HTTP_PROXY', 'http_proxy', 'socks5://127.0.0.1:1080'],
    ['HTTPS_PROXY', 'HTTPS_PROXY', 'a proxy'],
  ])('that is invalid in %s stops the start', (name, variable, value) => {
    process.env[variable] = value;
    const error = thrownBy(Pass2PayConfigError, () => dispatcherFor({}));
    expect(error).toBeInstanceOf(Pass2PayConfigError);
    expect(error.issues).toStrictEqual([
      {
        field: 'transport.proxy',
        message: `the environment's ${name} is not the http or https URL of a proxy; correct it, or set transport.proxy`,
      },
    ]);
  });

  it.each<string | false>([false, 'http://p.test'])('is not read if the options set %p', (proxy) => {
    process.env.HTTP_PROXY = 'socks5://127.0.0.1:1080';
    expect(() => dispatcherFor({ proxy })).not.toThrow();
  });
});

describe('a proxy', () => {
  const throughProxy = (proxy: RawServer, options: TransportOptions = {}) =>
    dispatcherFor({ proxy: proxy.url, ...options });

  it('opens a tunnel, even to plain http', async () => {
    const proxy = await serverWith((socket, request) => socket.write(request.startsWith('CONNECT ') ? TUNNEL : OK));
    expect(await get(throughProxy(proxy), 'http://gateway.test')).toBe('ok');
    expect(proxy.received.join('')).toContain('CONNECT gateway.test:80 HTTP/1.1');
  });

  it('cannot switch off the check of the gateway’s certificate, nor change its settings', async () => {
    const proxy = await serverWith((socket) => socket.write(TUNNEL));
    const begun = new Promise((resolve) => {
      jest.spyOn(tls, 'connect').mockImplementation((options: unknown) => {
        resolve(options);
        return new net.Socket() as tls.TLSSocket;
      });
    });
    get(throughProxy(proxy, { tls: { ca: 'an authority' } }), 'https://gateway.test').catch(() => {});
    expect(await begun).toMatchObject({ rejectUnauthorized: true, ca: 'an authority' });
  });

  it('over TLS is checked too', async () => {
    const dispatcher = dispatcherFor({ proxy: 'https://p.test', connectTimeoutMs: 3_000 });
    expect(await connectionsOf(dispatcher, 'http://gateway.test')).toMatchObject([
      { host: 'p.test', rejectUnauthorized: true, autoSelectFamilyAttemptTimeout: 1_500 },
    ]);
  });

  it.each([
    [
      'refuses',
      'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n',
      'Proxy response (407) !== 200 when HTTP Tunneling',
    ],
    ['does not finish', 'HTTP/1.1 200', 'other side closed'],
  ])('that %s the tunnel fails the request once, as not sent', async (_what, response, reason) => {
    const proxy = await serverWith((socket) => socket.end(response));
    const error = await rejectionOf<NodeJS.ErrnoException>(get(throughProxy(proxy), 'http://gateway.test'));
    expect(error).toMatchObject({
      name: 'ProxyTunnelError',
      code: 'ERR_PROXY_TUNNEL',
      message: `The proxy did not open a tunnel to the gateway: ${reason}`,
      cause: { message: reason },
    });
    expect(proxy.requests()).toBe(1);
  });

  it('that does not respond fails the request after the connection timeout', async () => {
    const proxy = await serverWith(() => {});
    const failure = rejectionOf(get(throughProxy(proxy, { connectTimeoutMs: 20_000 }), 'http://gateway.test'));
    await proxy.came(1);
    await clock.tick(20_000 + UNDICI_SLACK_MS);
    expect(await failure).toMatchObject({
      code: 'ERR_PROXY_TUNNEL',
      message: 'The proxy did not open a tunnel to the gateway: Headers Timeout Error',
    });
  });

  it('that cannot be reached is the network’s own error', async () => {
    const dispatcher = dispatcherFor({ proxy: 'http://127.0.0.1:1' });
    expect(await rejectionOf(get(dispatcher, 'http://gateway.test'))).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
