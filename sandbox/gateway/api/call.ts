import type { Bean, Dialect, Endpoint, SandboxEndpoint } from '../dialects/dialect.js';
import type { UpstreamFault } from '../faults/fault.js';
import type { SandboxMerchant } from '../options.js';
import type { Desks } from '../orders/desks.js';

/** A request with a verified signature, and everything that checks and operations need. */
export interface Call {
  readonly name: SandboxEndpoint;
  readonly endpoint: Endpoint;
  readonly dialect: Dialect;
  readonly bean: Bean;
  /** The merchant of the request; its IDs may be spelled differently in the request. */
  readonly merchant: SandboxMerchant;
  readonly desks: Desks;
  /** The caller's address, for a request without clientIp. */
  readonly callerIp: string;
  /** The fault of the upstream channel, if any. */
  readonly upstream?: UpstreamFault;
}

/** A field of the request as text; `''` if it is missing. */
export function textOf(bean: Bean, field: string): string {
  return String(bean[field] ?? '');
}
