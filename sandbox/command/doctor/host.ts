import dns from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { CheckWriter, type Check } from './check.js';
import { whyNotPublic } from './public-address.js';

/** The host and port of a URL. */
export interface Host {
  readonly name: string;
  readonly port: number;
  readonly isTls: boolean;
}

export function hostOf(url: string): Host {
  const { hostname, port, protocol } = new URL(url);
  const isTls = protocol === 'https:';
  return { name: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (isTls ? 443 : 80) : Number(port), isTls };
}

/** The addresses of a name, or why there are none. */
export async function resolveName({ name }: Host): Promise<{ addresses: readonly string[]; error?: string }> {
  try {
    const found = await dns.lookup(name, { all: true });
    return { addresses: found.map(({ address }) => address) };
  } catch (error) {
    return { addresses: [], error: (error as { code?: string }).code ?? String(error) };
  }
}

export function isLocal(addresses: readonly string[]): boolean {
  return addresses.length > 0 && addresses.every((address) => whyNotPublic(address) !== undefined);
}

/** Checks whether the gateway's name resolves. */
export async function checkName(host: Host): Promise<{ check: Check; addresses: readonly string[] }> {
  const writer = new CheckWriter('dns', 'Gateway’s name');
  const { addresses, error } = await resolveName(host);
  if (error !== undefined) {
    const remedy = 'Correct PASS2PAY_BASE_URL or this machine’s DNS.';
    return { addresses, check: writer.fail(`${host.name} does not resolve (${error})`, remedy, { error }) };
  }
  const message = isIP(host.name) === 0 ? `${host.name} is ${addresses.join(', ')}` : `${host.name} is an IP address`;
  return { addresses, check: writer.pass(message, { addresses }) };
}

const SLOW_MS = 1_000;

/** Checks whether the port accepts connections, and how fast. */
export async function checkConnection({ name, port }: Host, timeoutMs: number): Promise<Check> {
  const writer = new CheckWriter('connection', 'Connection');
  const start = performance.now();
  const error = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host: name, port, timeout: timeoutMs });
    const end = (code?: string) => {
      socket.destroy();
      resolve(code);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end('ETIMEDOUT'));
    socket.once('error', (failure: NodeJS.ErrnoException) => end(failure.code ?? failure.message));
  });
  const ms = Math.round(performance.now() - start);
  const details = { port, ms };
  if (error !== undefined) {
    const remedy = 'Check PASS2PAY_BASE_URL, the firewall, and whether the gateway must allow your IP address.';
    return writer.fail(`${name}:${port} refuses connections (${error})`, remedy, { ...details, error });
  }
  const message = `${name}:${port} accepts connections in ${ms} ms`;
  if (ms <= SLOW_MS) return writer.pass(message, details);
  return writer.warn(message, 'The connection to the gateway is slow: keep timeoutMs at 10 s or more.', details);
}
