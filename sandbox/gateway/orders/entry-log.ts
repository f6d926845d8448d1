import type { StateKeeper } from '../data/state-keeper.js';
import type { CreatedEvent, StateCause } from '../journal/journal-entry.js';
import type { Journal } from '../journal/journal.js';
import { type Entry, subjectOf } from './entry.js';

/** Tells the journal and the data file what becomes of orders, transfers and refunds. */
export class EntryLog {
  constructor(
    private readonly journal: Journal,
    private readonly keeper: StateKeeper,
  ) {}

  /** Makes room for an entry's events. */
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

  /** Its state is another now. */
  moved(entry: Entry, from: number, to: number, cause: StateCause): void {
    this.changed(entry);
    this.journal.record({ type: 'state', ...subjectOf(entry), from, to, cause });
  }

  /** It is read when it is committed, so that what is set after this call is kept too. */
  changed(entry: Entry): void {
    this.keeper.kept(entry);
  }

  forgotten(entry: Entry): void {
    const subject = subjectOf(entry);
    this.journal.forget(subject.kind, subject.mchNo, subject.mchOrderNo);
    this.keeper.forget(subject);
  }
}
