import type { SandboxEndpoint } from '../dialects/dialect.js';
import type { FaultEvent, JournalSubject } from '../journal/journal-entry.js';
import type { Journal } from '../journal/journal.js';
import { checkedFault } from './check-fault.js';
import { type ApiFault, isNotifyFault, type NotifyFault, type SandboxFault } from './fault.js';

/** A fault that is still active. */
export interface ActiveFault {
  readonly id: number;
  /** How many more times it will apply. */
  readonly remaining: number;
  readonly fault: Readonly<SandboxFault>;
}

/** An injected fault. */
export interface FaultHandle {
  readonly id: number;
  readonly fault: Readonly<SandboxFault>;
  /** How many more times it will apply; 0 if it is used up or removed. */
  readonly remaining: number;
  remove(): void;
}

interface Waiting<F extends SandboxFault = SandboxFault> {
  readonly id: number;
  readonly fault: Readonly<F>;
  remaining: number;
}

const MAX_FAULTS = 1_000;

/** The injected faults in order of injection; each request or attempt uses up the first that matches. */
export class Faults {
  private readonly waiting = new Map<number, Waiting>();
  private readonly journal: Journal;
  private lastId = 0;

  constructor(journal: Journal) {
    this.journal = journal;
  }

  /** @throws TypeError that says what is wrong with the fault. RangeError if 1,000 are already active. */
  inject(fault: SandboxFault): FaultHandle {
    const checked = checkedFault(fault);
    if (this.waiting.size >= MAX_FAULTS) {
      throw new RangeError(`${MAX_FAULTS} faults are already active; remove some, or use a higher times value`);
    }
    this.lastId += 1;
    const injected: Waiting = { id: this.lastId, fault: Object.freeze({ ...checked }), remaining: checked.times ?? 1 };
    this.waiting.set(injected.id, injected);
    this.report('injected', injected);
    const remaining = (): number => (this.waiting.has(injected.id) ? injected.remaining : 0);
    return {
      id: injected.id,
      fault: injected.fault,
      get remaining() {
        return remaining();
      },
      remove: () => void this.remove(injected.id),
    };
  }

  /** The active faults, in order of injection. */
  list(): ActiveFault[] {
    return [...this.waiting.values()].map(({ id, remaining, fault }) => ({ id, remaining, fault }));
  }

  /** @returns whether it was active. */
  remove(id: number): boolean {
    const found = this.waiting.get(id);
    if (!found) return false;
    this.waiting.delete(id);
    this.report('removed', found);
    return true;
  }

  takeForRequest(endpoint: SandboxEndpoint, subject: JournalSubject): ApiFault | undefined {
    return this.take(
      (fault): fault is ApiFault => !isNotifyFault(fault) && fits(fault.endpoint, endpoint) && isAbout(fault, subject),
      subject,
    );
  }

  takeForNotify(subject: JournalSubject): NotifyFault | undefined {
    return this.take((fault): fault is NotifyFault => isNotifyFault(fault) && isAbout(fault, subject), subject);
  }

  clear(): void {
    for (const id of this.waiting.keys()) this.remove(id);
  }

  private take<F extends SandboxFault>(
    matches: (fault: SandboxFault) => fault is F,
    subject: JournalSubject,
  ): F | undefined {
    for (const found of this.waiting.values()) {
      const { fault } = found;
      if (!matches(fault)) continue;
      found.remaining -= 1;
      if (found.remaining <= 0) this.waiting.delete(found.id);
      this.report('struck', found, subject);
      return fault;
    }
    return undefined;
  }

  private report(action: FaultEvent['action'], { id, fault, remaining }: Waiting, subject: JournalSubject = {}): void {
    this.journal.record({ type: 'fault', action, faultId: id, fault, remaining, ...subject });
  }
}

function isAbout(fault: SandboxFault, subject: JournalSubject): boolean {
  return fits(fault.mchNo, subject.mchNo) && fits(fault.mchOrderNo, subject.mchOrderNo);
}

function fits<T>(wanted: T | undefined, value: T | undefined): boolean {
  return wanted === undefined || wanted === value;
}
