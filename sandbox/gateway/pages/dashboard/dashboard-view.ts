import type { SandboxClock } from '../../clock/sandbox-clock.js';
import type { Faults } from '../../faults/faults.js';
import type { Journal } from '../../journal/journal.js';
import type { Language } from '../language.js';
import type { ResolvedSandboxOptions } from '../../options.js';
import type { Desks } from '../../orders/desks.js';

/** The data of the dashboard, which is read-only. */
export interface DashboardSources {
  readonly clock: SandboxClock;
  readonly desks: Desks;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly options: ResolvedSandboxOptions;
}

/** A view of the sandbox, with its language and the sandbox's time, in ms since 1970. */
export interface View extends DashboardSources {
  readonly language: Language;
  readonly now: number;
}
