import { networkInterfaces } from 'node:os';
import { cashierUrl } from '../../orders/pay-data.js';
import type { SandboxOrder } from '../../orders/sandbox-order.js';

/** Where an order is paid, as another device may reach it. */
export interface PayLink {
  readonly url: string;
  /** Only this computer can open it. */
  readonly onlyHere: boolean;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * The link that the QR code holds. The name that the browser called the sandbox by is good for a phone too, unless it means
 * this computer; then it is the computer's address in its network, when the sandbox listens there.
 *
 * @param baseUrl the sandbox's URL
 * @param listensEverywhere whether it listens on all addresses of this computer
 * @param host the request's Host header
 */
export function payLinkOf(
  order: SandboxOrder,
  baseUrl: string,
  listensEverywhere: boolean,
  host: string | undefined,
): PayLink {
  const own = new URL(baseUrl);
  const called = hostOf(host);
  const address = listensEverywhere ? addressInNetwork() : undefined;
  if (called && !LOOPBACK.test(called.hostname)) own.host = called.port === '' ? `${called.hostname}:80` : called.host;
  else if (address !== undefined) own.hostname = address;
  return { url: cashierUrl(own.origin, order.cashierToken), onlyHere: LOOPBACK.test(own.hostname) };
}

/** Undefined for what is no host and port alone, which no browser sends. */
function hostOf(host: string | undefined): URL | undefined {
  return host !== undefined && /^[\w.:[\]-]+$/.test(host) && URL.canParse(`http://${host}`)
    ? new URL(`http://${host}`)
    : undefined;
}

/** The first IPv4 address of this computer that others may reach. */
function addressInNetwork(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}
