import type { ApiFault } from '../faults/fault.js';
import type { SandboxEndpoint } from '../dialects/dialect.js';

/** An API request as received, and its response. */
export interface RecordedRequest {
  /** In ms since 1970. */
  readonly at: number;
  /** Undefined if the path or the method is wrong. */
  readonly endpoint?: SandboxEndpoint;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly contentType: string;
  /** The first 16,384 characters of the raw body. */
  readonly body: string;
  /** The response; undefined if the socket was reset or left without a response. */
  readonly response?: { readonly status: number; readonly body: string };
  /** The fault that was applied to this request. */
  readonly fault?: ApiFault['kind'];
}
