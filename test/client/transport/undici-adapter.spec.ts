// Real time: axios's own adapter times out by its socket's timer, which no test can move; nothing races with it.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { AxiosError, AxiosInstance, AxiosRequestConfig } from 'axios';
import { startServer } from '../../support/fake-server.js';
import { RESPONSE, RAW_RESPONSE } from './support/gateway-response.js';
import { startRawServer } from './support/raw-server.js';
import { closeAll, closing, testClient, TLS } from './support/test-client.js';

afterEach(closeAll);

describe('connections', () => {
  it('are kept, and used again', async () => {
    const server = closing(await startRawServer((socket) => socket.write(RAW_RESPONSE)));
    const { create } = await testClient(server.url);
    for (let i = 0; i < 3; i++) {
      await create();
      // Undici takes a connection for free in the next turn of the event loop.
      await nextTurn();
    }
    expect(server.received).toHaveLength(1);
  });

  it('are not kept where the options say so', async () => {
    const server = closing(await startRawServer((socket) => socket.write(RAW_RESPONSE)));
    const { create } = await testClient(server.url, { keepAliveMs: 0 });
    for (let i = 0; i < 3; i++) await create();
    expect(server.received).toHaveLength(3);
    expect(server.received[0]).toMatch(/connection: close/i);
  });

  it('are as many as requests may be under way', async () => {
    const waiting: Socket[] = [];
    const server = closing(
      await startRawServer((socket) => {
        waiting.push(socket);
        if (waiting.length === 4) for (const one of waiting) one.write(RAW_RESPONSE);
      }),
    );
    const { create } = await testClient(server.url, {}, { maxConcurrent: 4 });
    await Promise.all(Array.from({ length: 4 }, () => create()));
    expect(server.received).toHaveLength(4);
  });

  it('are closed when the application has shut down, after the requests under way', async () => {
    let arrive!: (response: () => void) => void;
    const isClosed: Promise<void>[] = [];
    const arrived = new Promise<() => void>((resolve) => {
      arrive = resolve;
    });
    const server = closing(
      await startRawServer(
        (socket, _request, nth) => {
          if (nth === 1) socket.write(RAW_RESPONSE);
          else arrive(() => socket.write(RAW_RESPONSE));
        },
        (socket) =>
          isClosed.push(
            new Promise((resolve) => {
              socket.on('close', () => resolve());
            }),
          ),
      ),
    );
    const { client, create, stop } = await testClient(server.url);
    const shutdown = jest.spyOn(client['parts'].transport, 'onApplicationShutdown');
    await create();
    await nextTurn();
    const underWay = create();
    const respond = await arrived;
    const stopped = stop();
    while (shutdown.mock.calls.length === 0) await nextTurn();
    respond();
    await stopped;
    await expect(underWay).resolves.toBeDefined();
    await Promise.all(isClosed);
    expect(isClosed).toHaveLength(1);
  });
});

describe('HTTP/2', () => {
  async function gateway() {
    const versions: string[] = [];
    const server = createSecureServer({ ...TLS.server, allowHTTP1: true }, (request, response) => {
      versions.push(request.httpVersion);
      request.resume();
      request.on('end', () => response.end(RESPONSE));
    });
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    closing({
      close: () =>
        new Promise((resolve) => {
          for (const socket of sockets) socket.destroy();
          server.close(resolve);
        }),
    });
    return { url: `https://localhost:${(server.address() as AddressInfo).port}`, versions, sockets };
  }

  it('is spoken where the gateway offers it, on one connection for one request after the other', async () => {
    const { url, versions, sockets } = await gateway();
    const { create } = await testClient(url, { tls: { ca: TLS.ca } });
    for (let i = 0; i < 3; i++) {
      await create();
      await nextTurn();
    }
    expect(versions).toEqual(['2.0', '2.0', '2.0']);
    expect(sockets.size).toBe(1);
  });

  it('is not spoken where the options say so', async () => {
    const { url, versions } = await gateway();
    const { create } = await testClient(url, { http2: false, tls: { ca: TLS.ca } });
    await create();
    expect(versions).toEqual(['1.1']);
  });

  it('gives the same answer to an interceptor as HTTP/1.1', async () => {
    const { url } = await gateway();
    for (const http2 of [true, false]) {
      const { client } = await testClient(url, { http2, tls: { ca: TLS.ca } });
      const { status, data } = await client.axios.post(url, 'x', { maxRedirects: 0 });
      expect({ status, data }).toEqual({ status: 200, data: JSON.parse(RESPONSE) });
    }
  });
});

describe('a proxy', () => {
  /** A proxy that makes tunnels, to one place whatever is asked for. */
  async function proxyTo(port: number) {
    const asked: { target: string; authorization: string | undefined }[] = [];
    const server = createServer((_request, response) => response.writeHead(405).end());
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push({ target: request.url!, authorization: request.headers['proxy-authorization'] });
      const onward = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      for (const end of [socket, onward]) {
        sockets.add(end);
        end.on('error', () => end.destroy());
      }
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    closing({
      close: () =>
        new Promise((resolve) => {
          for (const socket of sockets) socket.destroy();
          server.close(resolve);
        }),
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }

  const ENVIRONMENT = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];

  async function withEnvironment(variables: Record<string, string>, run: () => Promise<void>): Promise<void> {
    const before = ENVIRONMENT.map((name) => [name, process.env[name]] as const);
    for (const name of ENVIRONMENT) delete process.env[name];
    Object.assign(process.env, variables);
    try {
      await run();
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  }

  const gateway = async () => closing(await startRawServer((socket) => socket.write(RAW_RESPONSE)));

  it('that the options name is used, with its user and password', async () => {
    const server = await gateway();
    const proxy = await proxyTo(server.port);
    const url = proxy.url.replace('//', '//me:p%40ss@');
    const { create } = await testClient('http://gateway.test', { proxy: url });
    await create();
    await nextTurn();
    await create();
    const authorization = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(proxy.asked).toEqual([{ target: 'gateway.test:80', authorization }]);
    expect(server.requests()).toBe(2);
  });

  it('tunnels TLS, checked against the gateway’s own name', async () => {
    const server = createSecureServer({ ...TLS.server, allowHTTP1: true }, (request, response) => {
      request.resume().on('end', () => response.end(RESPONSE));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    closing({ close: () => new Promise((resolve) => server.close(resolve)) });
    const proxy = await proxyTo((server.address() as AddressInfo).port);
    const { create } = await testClient('https://gateway.test', { proxy: proxy.url, tls: { ca: TLS.ca } });
    await create();
    expect(proxy.asked).toMatchObject([{ target: 'gateway.test:443' }]);
    const other = await testClient('https://other.test', { proxy: proxy.url, tls: { ca: TLS.ca } });
    expect(await other.failure()).toMatchObject({ requestSent: false });
    await closeAll();
  });

  it.each([
    ['HTTP_PROXY', 'http://gateway.test', true],
    ['http_proxy', 'http://gateway.test', true],
    ['HTTPS_PROXY', 'http://127.0.0.1', false],
  ])('that %s names is used for %s: %s', async (variable, host, isUsed) => {
    const server = await gateway();
    const proxy = await proxyTo(server.port);
    await withEnvironment({ [variable]: proxy.url.replace('http://', '') }, async () => {
      const { create } = await testClient(isUsed ? host : `${host}:${server.port}`);
      await create();
    });
    expect(proxy.asked).toHaveLength(isUsed ? 1 : 0);
  });

  it.each([
    ['NO_PROXY', { NO_PROXY: '127.0.0.1' }, {}],
    ['the options', {}, { proxy: false as const }],
  ])('of the environment is passed by where %s say so', async (_what, variables, transport) => {
    const server = await gateway();
    await withEnvironment({ HTTP_PROXY: 'http://127.0.0.1:1', ...variables }, async () => {
      const { create } = await testClient(server.url, transport);
      await create();
    });
    expect(server.requests()).toBe(1);
  });

  it('of the environment that can be none stops the start', async () => {
    await withEnvironment({ HTTPS_PROXY: 'socks5://127.0.0.1:1080' }, async () => {
      await expect(testClient('https://gateway.test')).rejects.toThrow(/HTTPS_PROXY is not the http or https URL/);
    });
  });
});

describe('interceptors', () => {
  it('see and change requests and responses as ever', async () => {
    const server = closing(await startServer((_request, response) => response.end(RESPONSE)));
    const { client, create } = await testClient(server.url);
    const { interceptors } = client.axios;
    interceptors.request.use((config) => {
      config.headers.set('X-Trace', 'abc');
      return config;
    });
    let seen: unknown;
    interceptors.response.use((response) => {
      seen = { status: response.status, type: typeof response.data, path: response.request.path };
      return response;
    });
    await create();
    expect(server.requests[0]!.headers['x-trace']).toBe('abc');
    expect(seen).toEqual({ status: 200, type: 'string', path: '/api/create' });
  });

  it('may change the body into what axios makes a text of', async () => {
    const server = closing(await startServer((_request, response) => response.end(RESPONSE)));
    const { client, create } = await testClient(server.url);
    client.axios.interceptors.request.use((config) => {
      config.data = { ...JSON.parse(config.data as string), extParam: 'from the interceptor' };
      return config;
    });
    await create();
    expect(JSON.parse(server.requests[0]!.body)).toMatchObject({
      mchOrderNo: expect.any(String),
      extParam: 'from the interceptor',
    });
  });

  it('may ask for what only axios’s own adapter can do', async () => {
    const server = closing(await startServer((_request, response) => response.end(RESPONSE)));
    const { client, create } = await testClient(server.url, { proxy: 'http://127.0.0.1:1' });
    client.axios.defaults.auth = { username: 'u', password: 'p' };
    client.axios.defaults.proxy = false;
    await create();
    expect(server.requests[0]!.headers.authorization).toMatch(/^Basic /);
  });

  it('may follow redirects with requests of their own', async () => {
    const server = closing(
      await startServer(({ path }, response) =>
        path === '/a' ? response.writeHead(302, { Location: '/b' }).end() : response.end('there'),
      ),
    );
    const { client } = await testClient(server.url);
    expect((await client.axios.get(`${server.url}/a`)).data).toBe('there');
  });
});

/** What both adapters must agree on, as a user of axios sees it. */
describe('an axios request by undici ends as by axios’s own adapter', () => {
  type Outcome = Record<string, unknown>;

  async function outcomeOf(http: AxiosInstance, config: AxiosRequestConfig): Promise<Outcome> {
    try {
      const { status, statusText, data, headers } = await http.request({ maxRedirects: 0, ...config });
      const { date: _date, connection: _connection, 'keep-alive': _kept, ...rest } = { ...headers };
      return { status, statusText, data: String(data), isBuffer: Buffer.isBuffer(data), headers: rest };
    } catch (thrown) {
      const error = thrown as AxiosError;
      return {
        code: error.code,
        isAxiosError: error.isAxiosError,
        status: error.response?.status,
        data: error.response?.data,
        hasRequest: error.request !== undefined,
      };
    }
  }

  const responses: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    '/text': (_request, response) => response.end('{"a": 1}'),
    '/bom': (_request, response) => response.end('\uFEFF{"a": 1}'),
    '/empty': (_request, response) => response.writeHead(204).end(),
    '/gzip': (_request, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('{"a":2}')),
    '/deflate': (_request, response) =>
      response.writeHead(200, { 'Content-Encoding': 'deflate' }).end(deflateSync('{"a":3}')),
    '/br': (_request, response) =>
      response.writeHead(200, { 'Content-Encoding': 'br' }).end(brotliCompressSync('{"a":4}')),
    '/broken-gzip': (_request, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('no gzip'),
    '/404': (_request, response) => response.writeHead(404, { 'Set-Cookie': ['a=1', 'b=2'] }).end('{"no":1}'),
    '/503': (_request, response) => response.writeHead(503, 'Too busy').end('busy'),
    '/long': (_request, response) => response.end('x'.repeat(2_000)),
    '/early': (_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.end('late');
    },
    '/silent': () => undefined,
    '/reset': (request) => request.socket.destroy(),
    '/echo': (request, response) => {
      request.setEncoding('utf8');
      let body = '';
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const { 'content-type': type, 'content-length': length, accept } = request.headers;
        const agent = request.headers['user-agent']?.replace(/\/.*/, '');
        response.end(JSON.stringify({ method: request.method, url: request.url, type, length, accept, agent, body }));
      });
    },
  };

  it.each<[string, AxiosRequestConfig]>([
    ['JSON', { url: '/text' }],
    ['text', { url: '/text', responseType: 'text', transformResponse: (text: string) => text }],
    ['a byte order mark', { url: '/bom', transformResponse: (text: string) => text }],
    ['no content', { url: '/empty' }],
    ['bytes', { url: '/text', responseType: 'arraybuffer' }],
    ['gzip', { url: '/gzip' }],
    ['deflate', { url: '/deflate' }],
    ['brotli', { url: '/br' }],
    ['encoded bytes, left encoded', { url: '/gzip', decompress: false, responseType: 'arraybuffer' }],
    ['404', { url: '/404' }],
    ['503', { url: '/503' }],
    ['503, taken as good', { url: '/503', validateStatus: null }],
    ['early hints', { url: '/early' }],
    ['too long an answer', { url: '/long', maxContentLength: 1_000 }],
    ['a gzip bomb', { url: '/gzip', maxContentLength: 5 }],
    ['too long a request', { url: '/echo', method: 'post', data: 'ä'.repeat(10), maxBodyLength: 15 }],
    ['a timeout', { url: '/silent', timeout: 50 }],
    ['a timeout, told clearly', { url: '/silent', timeout: 50, transitional: { clarifyTimeoutError: true } }],
    ['a reset', { url: '/reset' }],
    ['a post of text', { url: '/echo', method: 'post', data: 'ä€😀' }],
    ['a post of JSON', { url: '/echo', method: 'post', data: { a: 'ä' } }],
    ['a post of bytes', { url: '/echo', method: 'post', data: Buffer.from('abc') }],
    ['a post of nothing', { url: '/echo', method: 'post' }],
    ['a put with parameters', { url: '/echo', method: 'put', data: 'x', params: { a: 'b c', d: [1, 2] } }],
    ['a delete', { url: '/echo', method: 'delete' }],
  ])('%s', async (_what, config) => {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://x');
      if (pathname !== '/echo') request.resume();
      responses[pathname]!(request, response);
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
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [undici, axios] = await Promise.all(
      (['undici', 'axios'] as const).map(async (adapter) => {
        const { client } = await testClient(url, { adapter });
        return outcomeOf(client.axios, { baseURL: url, ...config });
      }),
    );
    expect(undici).toEqual(axios);
  });

  it('a signal that is aborted before and while it waits', async () => {
    const server = closing(await startServer(() => undefined));
    for (const adapter of ['undici', 'axios'] as const) {
      const { client } = await testClient(server.url, { adapter });
      const requests = server.requests.length;
      const ended = await outcomeOf(client.axios, { url: server.url, signal: AbortSignal.abort() });
      expect(ended).toMatchObject({ code: 'ERR_CANCELED' });
      expect(server.requests).toHaveLength(requests);
      const stop = new AbortController();
      const ending = outcomeOf(client.axios, { url: server.url, signal: stop.signal });
      await server.received(requests + 1);
      stop.abort();
      expect(await ending).toMatchObject({ code: 'ERR_CANCELED' });
    }
  });
});
