import type { Subject } from './subject.js';

/** A requirement of every adapter. */
export interface Check {
  name: string;
  /** Only if transactions can run concurrently. */
  needsPool?: boolean;
  /** Only if the server's URL is known. */
  needsUrl?: boolean;
  /** @throws AssertionError if the adapter does not meet the requirement. */
  run: <Tx>(subject: Subject<Tx>) => Promise<void>;
}
