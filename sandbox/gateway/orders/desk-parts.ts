import type { SandboxClock } from '../clock/sandbox-clock.js';
import type { Journal } from '../journal/journal.js';
import type { ResolvedSandboxOptions } from '../options.js';
import type { Announcer } from './announcer.js';
import type { EntryLog } from './entry-log.js';

/** The dependencies of every desk. */
export interface DeskParts {
  readonly options: ResolvedSandboxOptions;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly log: EntryLog;
  readonly announcer: Announcer;
}
