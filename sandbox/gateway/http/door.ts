import type { IncomingHttpHeaders } from 'node:http';

/** Who may use which part of the server. */
const RULES = {
  /** The merchant's server, which sends no Origin. */
  api: { isOnlyHere: false, takesLinks: false },
  /** The payer's browser, on another device too, where a link on another site leads it. */
  cashier: { isOnlyHere: false, takesLinks: true },
  /** The developer's browser. */
  dashboard: { isOnlyHere: true, takesLinks: true },
  /** The developer, and the dashboard's buttons. */
  controls: { isOnlyHere: true, takesLinks: false },
} as const;

export type Access = keyof typeof RULES;

/** Whose requests the sandbox answers. */
export interface DoorOptions {
  /** Host names, with or without a port, by which it may be called besides this machine's own. */
  readonly allowedHosts: readonly string[];
}

/** What of a request says who sends it. */
export interface Caller {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** The address of this machine that it called. */
  readonly calledIp: string;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Keeps out web pages that are not the sandbox's own. They could otherwise make and pay orders in the sandbox of whoever
 * looks at them, by a form (CSRF) or by a name of theirs that they point at this machine (DNS rebinding).
 */
export class Door {
  /** The sandbox's URL, once it listens. */
  ownUrl = '';

  constructor(private readonly options: DoorOptions) {}

  /** Why a request is not answered, and what to do; undefined where it is. */
  refusal(request: Caller, access: Access): string | undefined {
    const host = (request.headers.host ?? '').toLowerCase();
    if (!this.isAllowedHost(host, request, access)) {
      return `The sandbox does not accept the host ${shown(host)}, which may have been pointed at this machine (DNS rebinding). Use ${new URL(this.ownUrl).host}, or allow the name: allowedHosts, --allow-host.`;
    }
    const { origin } = request.headers;
    // The origin must be that of the very name that was called: localhost and 127.0.0.1 are two origins.
    if (origin !== undefined && !this.isOriginOf(host, origin.toLowerCase())) {
      return `The sandbox does not accept requests from pages of ${shown(origin)}. Call the gateway from your server, not from a page.`;
    }
    return isOfOtherSite(request) && !(RULES[access].takesLinks && isLink(request))
      ? 'The sandbox does not accept requests from pages of other sites. Call the gateway from your server, not from a page.'
      : undefined;
  }

  /** A proxy that speaks TLS may stand in front of a host that the options name. */
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
    // A proxy, or a container's port, may stand in front of the rest.
    if (LOOPBACK.test(name)) return !isOnlyHere || port === split(own).port;
    // An address is no name that somebody else could point here.
    return !isOnlyHere && name === addressInUrl(calledIp);
  }
}

/** Whether a browser sends the request for a page of another site. */
function isOfOtherSite({ headers }: Caller): boolean {
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

/** A link to a page, or a picture of it: pages change nothing on GET, and no other site can read or frame them. */
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
