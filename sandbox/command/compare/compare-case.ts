import type { LosslessNumber } from 'lossless-json';
import type { SandboxEndpoint } from '../../gateway/dialects/dialect.js';

/**
 * A parameter's value as in JSON. A text such as `{payOrderId}` stands for the value that this gateway returned in the
 * group's first case, and `{now}` for the time of sending, in ms since 1970.
 */
export type CaseValue =
  string | number | boolean | null | LosslessNumber | readonly never[] | Readonly<Record<string, never>>;

export type CaseParams = Readonly<Record<string, CaseValue>>;

/** How a request is signed. `wrong` is a sign of 32 hex digits that matches no secret. */
export type Signing = 'valid' | 'lower case' | 'wrong' | 'missing';

/** Where the parameters are sent: in the body as JSON, form or multipart, or in the query string. */
type ParamsPlace = 'json' | 'form' | 'multipart' | 'query';

/** A request of the corpus. */
export interface CompareCase {
  /** Unique in the corpus, and the same in every run. */
  readonly name: string;
  readonly endpoint: SandboxEndpoint;
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly place: ParamsPlace;
  readonly params: CaseParams;
  readonly signing: Signing;
  /** Sent in addition to the signed parameters; may replace `sign`. */
  readonly unsigned?: CaseParams;
  /** Changes the JSON text of the parameters. */
  readonly rewrite?: (json: string) => string;
  /** Sent instead of the parameters. */
  readonly body?: string;
  /** Equivalent messages: if several required fields are missing, the gateway may name any of them. */
  readonly interchangeable?: readonly string[];
  /** Members of the response that depend on the caller or the account: only their presence is compared. */
  readonly unknowable?: readonly string[];
  /** The payment method. It may not be enabled for the app, which is not a difference between gateways. */
  readonly wayCode?: string;
}

/** Cases that depend on each other: the first one creates the order that the others use. */
export interface CaseGroup {
  readonly cases: readonly [CompareCase, ...CompareCase[]];
  /** Whether it creates something, or may do so on a gateway that is more lenient than the dialect. */
  readonly creates: boolean;
}
