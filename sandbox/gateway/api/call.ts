import type { Bean, Dialect, Endpoint, SandboxEndpoint } from '../dialects/dialect.js';
import type { UpstreamFault } from '../faults/fault.js';
import type { SandboxMerchant } from '../options.js';
import type { Desks } from '../orders/desks.js';

/** A request whose signature has been verified, and all that checks and operations look at. */
export interface Call {
  readonly name: SandboxEndpoint;
  readonly endpoint: Endpoint;
  readonly dialect: Dialect;
  readonly bean: Bean;
  /** Whose request it is; its ids may be spelled otherwise in the request. */
  readonly merchant: SandboxMerchant;
  readonly desks: Desks;
  /** The caller's address, for a request without clientIp. */
  readonly callerIp: string;
  /** What is wrong behind the gateway, if anything is. */
  readonly upstream?: UpstreamFault;
}

/** A text of the request, `''` when it is missing. */
export function textOf(bean: Bean, field: string): string {
  return String(bean[field] ?? '');
}
