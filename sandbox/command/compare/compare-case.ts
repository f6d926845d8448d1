import type { LosslessNumber } from 'lossless-json';
import type { SandboxEndpoint } from '../../gateway/dialects/dialect.js';

/**
 * A parameter's value as JSON writes it. A text such as `{payOrderId}` stands for what this gateway itself answered to
 * the group's first case, and `{now}` for the time of sending, ms since 1970.
 */
export type CaseValue =
  string | number | boolean | null | LosslessNumber | readonly never[] | Readonly<Record<string, never>>;

export type CaseParams = Readonly<Record<string, CaseValue>>;

/** How a request is signed. `wrong` is 32 hex digits that no secret gives. */
export type Signing = 'valid' | 'lower case' | 'wrong' | 'missing';

/** Where the parameters stand: in the body as JSON, form or multipart, or in the query string. */
type ParamsPlace = 'json' | 'form' | 'multipart' | 'query';

/** One request of the corpus. */
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
  /** Sent beside the signed parameters; may replace `sign`. */
  readonly unsigned?: CaseParams;
  /** Changes the JSON text of the parameters. */
  readonly rewrite?: (json: string) => string;
  /** Sent instead of the parameters. */
  readonly body?: string;
  /** Words of which one is as good as another: several required fields are missing, and which one is named is chance. */
  readonly interchangeable?: readonly string[];
  /** Members of the answer that depend on who asks: only their presence is compared. */
  readonly unknowable?: readonly string[];
  /** The app may not be opened for it, which is no difference between gateways. */
  readonly wayCode?: string;
}

/** Cases that follow each other. The first one makes what the others are about. */
export interface CaseGroup {
  readonly cases: readonly [CompareCase, ...CompareCase[]];
  /** It creates something, or may on a gateway that is more lenient than the dialect. */
  readonly creates: boolean;
}
