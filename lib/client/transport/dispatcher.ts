import { Agent, EnvHttpProxyAgent, Pool, ProxyAgent, type Dispatcher } from 'undici';
import { Pass2PayConfigError } from '../../errors/pass2pay.errors.js';
import { isHttpUrl, type ResolvedTransport } from './transport-options.js';

type Connect = (options: object, callback: (error: Error | null, socket: unknown) => void) => void;

/** A tunnel that a proxy did not make: nothing was sent through it. */
class ProxyTunnelError extends Error {
  readonly code = 'ERR_PROXY_TUNNEL';

  constructor(cause: Error) {
    super(`The proxy made no tunnel to the gateway: ${cause.message}`, { cause });
    this.name = 'ProxyTunnelError';
  }
}

/**
 * Undici's connections as the options say: pooled, kept alive, through the proxy that they or the environment name.
 *
 * @param maxConnections how many to one host
 * @throws Pass2PayConfigError when the environment names a proxy that cannot be one.
 */
export function createDispatcher(options: ResolvedTransport, maxConnections: number): Dispatcher {
  const { http2, connectTimeoutMs, keepAliveMs } = options;
  const connecting = {
    timeout: connectTimeoutMs,
    // Where a name has several addresses, Node leaves one after 250 ms, which a distant TCP handshake takes longer than. Half
    // of the time lets an address that does not answer leave the other half to the next.
    autoSelectFamilyAttemptTimeout: Math.ceil(connectTimeoutMs / 2),
  };
  const tls = {
    ...options.tls,
    ...connecting,
    allowH2: http2,
    // Said outright, NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
    rejectUnauthorized: true,
  };
  const pool = {
    connections: maxConnections,
    allowH2: http2,
    // No keep-alive is what undici makes of pipelining 0. More than 1 would send a request behind one that may break.
    ...(keepAliveMs === 0 ? { pipelining: 0 } : { pipelining: 1, keepAliveTimeout: keepAliveMs }),
    connect: tls,
  };
  const proxies = options.proxy === undefined ? environmentProxies() : undefined;
  if (options.proxy === false || (proxies?.httpProxy === '' && proxies.httpsProxy === '')) return new Agent(pool);
  const tunnels = {
    requestTls: tls,
    proxyTls: { ...connecting, rejectUnauthorized: true },
    // Else a proxy that takes the connection and says nothing would hold the request for five minutes.
    clientFactory: (origin: URL, own: object) => new Pool(origin, { ...own, headersTimeout: connectTimeoutMs }),
    factory: (origin: string | URL, own: object) => new Pool(origin, tellingProxyFailures(own)),
  };
  return options.proxy === undefined
    ? new EnvHttpProxyAgent({ ...pool, ...tunnels, ...proxies } as EnvHttpProxyAgent.Options)
    : new ProxyAgent({ ...pool, ...tunnels, uri: options.proxy } as ProxyAgent.Options);
}

/** Undici takes a proxy that hangs up for a reason to try again at once, without end. */
function tellingProxyFailures(own: object): object {
  const { connect } = own as { connect?: unknown };
  if (typeof connect !== 'function') return own;
  const telling: Connect = (options, callback) => {
    (connect as Connect)(options, (error, socket) => {
      const isTunnel = error !== null && String((error as { code?: unknown }).code).startsWith('UND_ERR_');
      callback(isTunnel ? new ProxyTunnelError(error) : error, socket);
    });
  };
  return { ...own, connect: telling };
}

/** What undici would read itself, but for a scheme that people leave out. */
function environmentProxies(): { httpProxy: string; httpsProxy: string } {
  return { httpProxy: environmentProxy('http_proxy'), httpsProxy: environmentProxy('https_proxy') };
}

function environmentProxy(variable: string): string {
  const given = (process.env[variable] ?? process.env[variable.toUpperCase()] ?? '').trim();
  if (given === '') return '';
  const url = given.includes('://') ? given : `http://${given}`;
  if (isHttpUrl(url)) return url;
  const name = variable.toUpperCase();
  const message = `the environment's ${name} is not the http or https URL of a proxy; correct it, or give transport.proxy`;
  throw new Pass2PayConfigError([{ field: 'transport.proxy', message }]);
}
