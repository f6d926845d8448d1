import { isIPv4 } from 'node:net';

/**
 * Why a notify is not sent to this URL without `allowRemoteNotifies`; undefined for this machine's own names and
 * addresses, and for invalid URLs, which fail anyway.
 */
export function refusalOfTarget(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, host } = new URL(url);
  return isLoopback(hostname)
    ? undefined
    : `The sandbox does not send notifies to ${host}, which may be another machine.`;
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true;
  return isIPv4(hostname) && hostname.startsWith('127.');
}
