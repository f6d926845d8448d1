import { networkInterfaces } from 'node:os';
import { cashierUrl } from '../../orders/pay-data.js';
import type { SandboxOrder } from '../../orders/sandbox-order.js';

/** The link to pay an order, possibly from another device. */
export interface PayLink {
  readonly url: string;
  /** Whether only this computer can open it. */
  readonly onlyHere: boolean;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * The link in the QR code. It uses the host name from the browser's request, which also works on a phone, unless it
 * means this computer; then it uses the computer's network address, if the sandbox listens on it.
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

/** Undefined for anything other than a host and port, which no browser sends. */
function hostOf(host: string | undefined): URL | undefined {
  return host !== undefined && /^[\w.:[\]-]+$/.test(host) && URL.canParse(`http://${host}`)
    ? new URL(`http://${host}`)
    : undefined;
}

/** The first IPv4 address of this computer that other devices may reach. */
function addressInNetwork(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}
