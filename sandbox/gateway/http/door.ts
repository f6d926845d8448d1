import type { IncomingHttpHeaders } from 'node:http';

/** Access rules for the parts of the server. */
const RULES = {
  /** For the merchant's server, which sends no Origin. */
  api: { isOnlyHere: false, takesLinks: false },
  /** For the payer's browser, possibly on another device and through a link on another site. */
  cashier: { isOnlyHere: false, takesLinks: true },
  /** For the developer's browser. */
  dashboard: { isOnlyHere: true, takesLinks: true },
  /** For the developer, and the dashboard's buttons. */
  controls: { isOnlyHere: true, takesLinks: false },
} as const;

export type Access = keyof typeof RULES;

/** Which requests the sandbox accepts. */
export interface DoorOptions {
  /** Host names, with or without a port, that are allowed in addition to this machine's own. */
  readonly allowedHosts: readonly string[];
}

/** The parts of a request that identify the sender. */
export interface Caller {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** The address of this machine that the request was sent to. */
  readonly calledIp: string;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Refuses requests from web pages other than the sandbox's own. Such pages could otherwise create and pay orders in the
 * visitor's sandbox, through a form (CSRF) or through a host name that they point at this machine (DNS rebinding).
 */
export class Door {
  /** The sandbox's URL, once it listens. */
  ownUrl = '';

  constructor(private readonly options: DoorOptions) {}

  /** Why a request is refused, and what to do; undefined if it is accepted. */
  refusal(request: Caller, access: Access): string | undefined {
    const host = (request.headers.host ?? '').toLowerCase();
    if (!this.isAllowedHost(host, request, access)) {
      return `The sandbox does not accept the host ${shown(host)}, which may have been pointed at this machine (DNS rebinding). Use ${new URL(this.ownUrl).host}, or allow the name: allowedHosts, --allow-host.`;
    }
    const { origin } = request.headers;
    // The origin must match the Host header exactly: localhost and 127.0.0.1 are different origins.
    if (origin !== undefined && !this.isOriginOf(host, origin.toLowerCase())) {
      return `The sandbox does not accept requests from pages of ${shown(origin)}. Call the gateway from your server, not from a page.`;
    }
    return isOfOtherSite(request) && !(RULES[access].takesLinks && isLink(request))
      ? 'The sandbox does not accept requests from pages of other sites. Call the gateway from your server, not from a page.'
      : undefined;
  }

  /** An explicitly allowed host may be behind a proxy that terminates TLS. */
  private isOriginOf(host: string, origin: string): boolean {
    return origin === `http://${host}` || (origin === `https://${host}` && this.isNamed(host));
  }

  private isNamed(host: string): boolean {
    const { name } = split(host);
    return this.options.allowedHosts
      .map((allowed) => allowed.toLowerCase())
      .some((allowed) => allowed === host || allowed === name);
  }

  private isAllowedHost(host: string, { calledIp }: Caller, access: Access): boolean {
    const own = new URL(this.ownUrl).host;
    const { name, port } = split(host);
    if (host === own || this.isNamed(host)) return true;
    const { isOnlyHere } = RULES[access];
    // The API and the cashier may be behind a proxy or a container's port.
    if (LOOPBACK.test(name)) return !isOnlyHere || port === split(own).port;
    // An IP address cannot be pointed at this machine by somebody else, unlike a name.
    return !isOnlyHere && name === addressInUrl(calledIp);
  }
}

/** Whether a browser sends the request for a page of another site. */
function isOfOtherSite({ headers }: Caller): boolean {
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

/** A link to a page or an image: GET changes nothing, and no other site can read or frame the pages. */
function isLink({ method, headers }: Caller): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers;
  return (mode === 'navigate' && destination === 'document') || (mode === 'no-cors' && destination === 'image');
}

function split(host: string): { name: string; port: string } {
  const [, name = host, port = '80'] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  return { name, port };
}

function addressInUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
