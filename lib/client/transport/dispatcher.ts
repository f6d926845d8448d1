import { Agent, EnvHttpProxyAgent, Pool, ProxyAgent, type Dispatcher } from 'undici';
import { Pass2PayConfigError } from '../../errors/pass2pay.errors.js';
import { isHttpUrl, type ResolvedTransport } from './transport-options.js';

type Connect = (options: object, callback: (error: Error | null, socket: unknown) => void) => void;

/** The error for a tunnel that a proxy did not open; nothing was sent through it. */
class ProxyTunnelError extends Error {
  readonly code = 'ERR_PROXY_TUNNEL';

  constructor(cause: Error) {
    super(`The proxy did not open a tunnel to the gateway: ${cause.message}`, { cause });
    this.name = 'ProxyTunnelError';
  }
}

/**
 * Undici's dispatcher for the options: pooled, kept alive, through the proxy in the options or the environment.
 *
 * @param maxConnections maximum number of connections to one host
 * @param onPool called with each pool: a dispatcher that has begun to close can no longer destroy its pools
 * @throws Pass2PayConfigError when the environment contains an invalid proxy.
 */
export function createDispatcher(
  options: ResolvedTransport,
  maxConnections: number,
  onPool: (pool: Pool) => void = () => {},
): Dispatcher {
  const { http2, connectTimeoutMs, keepAliveMs } = options;
  const connecting = {
    timeout: connectTimeoutMs,
    // If a name has several addresses, Node abandons each after 250 ms, which is less than a distant TCP handshake
    // takes. Half of the timeout leaves the other half for the next address.
    autoSelectFamilyAttemptTimeout: Math.ceil(connectTimeoutMs / 2),
  };
  const tls = {
    ...options.tls,
    ...connecting,
    allowH2: http2,
    // Set explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED cannot disable it.
    rejectUnauthorized: true,
  };
  const pool = {
    connections: maxConnections,
    allowH2: http2,
    // In undici, pipelining 0 disables keep-alive. More than 1 would send a request after one that may fail.
    ...(keepAliveMs === 0 ? { pipelining: 0 } : { pipelining: 1, keepAliveTimeout: keepAliveMs }),
    connect: tls,
  };
  const pooled = (origin: string | URL, own: object) => {
    const made = new Pool(origin, own);
    onPool(made);
    return made;
  };
  const proxies = options.proxy === undefined ? environmentProxies() : undefined;
  if (options.proxy === false || (proxies?.httpProxy === '' && proxies.httpsProxy === '')) {
    return new Agent({ ...pool, factory: pooled });
  }
  const tunnels = {
    requestTls: tls,
    proxyTls: { ...connecting, rejectUnauthorized: true },
    // Otherwise a proxy that accepts the connection and does not respond would hold the request for five minutes.
    clientFactory: (origin: URL, own: object) => pooled(origin, { ...own, headersTimeout: connectTimeoutMs }),
    factory: (origin: string | URL, own: object) => pooled(origin, tellingProxyFailures(own)),
  };
  return options.proxy === undefined
    ? new EnvHttpProxyAgent({ ...pool, ...tunnels, ...proxies } as EnvHttpProxyAgent.Options)
    : new ProxyAgent({ ...pool, ...tunnels, uri: options.proxy } as ProxyAgent.Options);
}

/** When a proxy closes the connection, undici retries immediately and forever. */
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

/** The variables that undici would read itself, but with an optional scheme. */
function environmentProxies(): { httpProxy: string; httpsProxy: string } {
  return { httpProxy: environmentProxy('http_proxy'), httpsProxy: environmentProxy('https_proxy') };
}

function environmentProxy(variable: string): string {
  const given = (process.env[variable] ?? process.env[variable.toUpperCase()] ?? '').trim();
  if (given === '') return '';
  const url = given.includes('://') ? given : `http://${given}`;
  if (isHttpUrl(url)) return url;
  const name = variable.toUpperCase();
  const message = `the environment's ${name} is not the http or https URL of a proxy; correct it, or set transport.proxy`;
  throw new Pass2PayConfigError([{ field: 'transport.proxy', message }]);
}
