import type { ApiFault } from '../faults/fault.js';
import type { SandboxEndpoint } from '../dialects/dialect.js';

/** One API request as it came, and what became of it. */
export interface RecordedRequest {
  /** ms since 1970. */
  readonly at: number;
  /** Undefined when path or method are wrong. */
  readonly endpoint?: SandboxEndpoint;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly contentType: string;
  /** The raw body; its first 16,384 characters. */
  readonly body: string;
  /** The answer; undefined when the socket was reset or left without an answer. */
  readonly response?: { readonly status: number; readonly body: string };
  /** The fault that struck this request. */
  readonly fault?: ApiFault['kind'];
}
