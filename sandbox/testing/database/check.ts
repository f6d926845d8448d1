import type { Subject } from './subject.js';

/** Something that every adapter must do. */
export interface Check {
  name: string;
  /** Only where transactions run beside each other. */
  needsPool?: boolean;
  /** Only where the server's address is known. */
  needsUrl?: boolean;
  /** @throws AssertionError where the adapter does something else. */
  run: <Tx>(subject: Subject<Tx>) => Promise<void>;
}
