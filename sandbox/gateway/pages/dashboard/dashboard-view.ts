import type { SandboxClock } from '../../clock/sandbox-clock.js';
import type { Faults } from '../../faults/faults.js';
import type { Journal } from '../../journal/journal.js';
import type { Language } from '../language.js';
import type { ResolvedSandboxOptions } from '../../options.js';
import type { Desks } from '../../orders/desks.js';

/** What the dashboard reads; it changes nothing itself. */
export interface DashboardSources {
  readonly clock: SandboxClock;
  readonly desks: Desks;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly options: ResolvedSandboxOptions;
}

/** One look at the sandbox: for whom, and when by the sandbox's clock (ms since 1970). */
export interface View extends DashboardSources {
  readonly language: Language;
  readonly now: number;
}
