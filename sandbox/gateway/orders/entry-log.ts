import type { StateKeeper } from '../data/state-keeper.js';
import type { CreatedEvent, StateCause } from '../journal/journal-entry.js';
import type { Journal } from '../journal/journal.js';
import { type Entry, subjectOf } from './entry.js';

/** Records the changes of orders, transfers and refunds in the journal and the data file. */
export class EntryLog {
  constructor(
    private readonly journal: Journal,
    private readonly keeper: StateKeeper,
  ) {}

  /** Starts keeping an entry's events. */
  opened(entry: Entry): void {
    const { kind, mchNo, mchOrderNo } = subjectOf(entry);
    this.journal.open(kind, mchNo, mchOrderNo);
  }

  created(entry: Entry, more: Pick<CreatedEvent, 'expiresAt'> = {}): void {
    const { currency, state } = entry.of;
    const amount = entry.kind === 'refund' ? entry.of.refundAmount : entry.of.amount;
    this.journal.record({ type: 'created', ...subjectOf(entry), state, amount, currency, ...more });
    this.changed(entry);
  }

  /** Records a change of its state. */
  moved(entry: Entry, from: number, to: number, cause: StateCause): void {
    this.changed(entry);
    this.journal.record({ type: 'state', ...subjectOf(entry), from, to, cause });
  }

  /** The entry is serialised at the commit, so changes made after this call are stored too. */
  changed(entry: Entry): void {
    this.keeper.kept(entry);
  }

  forgotten(entry: Entry): void {
    const subject = subjectOf(entry);
    this.journal.forget(subject.kind, subject.mchNo, subject.mchOrderNo);
    this.keeper.forget(subject);
  }
}
