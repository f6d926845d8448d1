import type { EntryKind } from '../dialects/dialect.js';
import type { JournalEntry, JournalEvent, JournalSubject } from './journal-entry.js';

/** Selects entries; omitted fields match all. */
export type JournalFilter = JournalSubject;

/** The read-only view of the journal. */
export type JournalView = Pick<Journal, 'lastSeq' | 'of' | 'since' | 'subscribe'>;

const KEPT_ENTRIES = 10_000;
const KEPT_ENTRIES_PER_ORDER = 500;

/**
 * The events in the sandbox, in order: the last 10,000 entries in total, and the last 500 of each order or transfer for
 * as long as that exists.
 */
export class Journal {
  private readonly now: () => number;
  private entries: JournalEntry[] = [];
  private readonly byOrder = new Map<string, JournalEntry[]>();
  private readonly listeners = new Set<(entry: JournalEntry) => void>();
  private seq = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  /** The number of the latest entry; 0 if there is none. */
  get lastSeq(): number {
    return this.seq;
  }

  record(event: JournalEvent): JournalEntry {
    this.seq += 1;
    const entry: JournalEntry = { seq: this.seq, at: this.now(), ...event };
    this.keep(entry);
    for (const listener of this.listeners) listener(entry);
    return entry;
  }

  /** Starts keeping the entries of a new order or transfer. Entries about unknown ones are not grouped by order. */
  open(kind: EntryKind, mchNo: string, mchOrderNo: string): void {
    this.byOrder.set(keyOf(kind, mchNo, mchOrderNo), []);
  }

  /** Restores the entries of a data file, in order of their numbers; their orders must be open. */
  restore(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      this.seq = entry.seq;
      this.keep(entry);
    }
  }

  /** All entries, including those kept only by order. */
  all(): JournalEntry[] {
    const bySeq = new Map<number, JournalEntry>();
    for (const entry of [...this.byOrder.values()].flat()) bySeq.set(entry.seq, entry);
    for (const entry of this.since(0)) bySeq.set(entry.seq, entry);
    return [...bySeq.values()].toSorted((a, b) => a.seq - b.seq);
  }

  /** Drops the entries of an order or transfer. */
  forget(kind: EntryKind, mchNo: string, mchOrderNo: string): void {
    this.byOrder.delete(keyOf(kind, mchNo, mchOrderNo));
  }

  /** The entries about an order or transfer, oldest first. */
  of(kind: EntryKind, mchNo: string, mchOrderNo: string): JournalEntry[] {
    return (this.byOrder.get(keyOf(kind, mchNo, mchOrderNo)) ?? []).slice(-KEPT_ENTRIES_PER_ORDER);
  }

  /** The entries with a number greater than `seq`, oldest first. */
  since(seq: number, filter: JournalFilter = {}): JournalEntry[] {
    return this.entries.slice(-KEPT_ENTRIES).filter((entry) => entry.seq > seq && fits(entry, filter));
  }

  /** Whether every entry after `seq` is still available, and `seq` is a number of this journal. */
  canContinueFrom(seq: number): boolean {
    const [oldest] = this.entries.slice(-KEPT_ENTRIES);
    return seq <= this.seq && seq >= (oldest?.seq ?? this.seq + 1) - 1;
  }

  /** Calls the listener with each new entry. @returns a function that unsubscribes it. */
  subscribe(listener: (entry: JournalEntry) => void): () => void {
    // One function per subscription, so that the same listener can subscribe twice.
    const own = (entry: JournalEntry): void => listener(entry);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  private keep(entry: JournalEntry): void {
    this.entries.push(entry);
    // Truncated in batches, so that not every new entry copies all others.
    if (this.entries.length >= 2 * KEPT_ENTRIES) this.entries = this.entries.slice(-KEPT_ENTRIES);
    this.keepWithOrder(entry);
  }

  private keepWithOrder(entry: JournalEntry): void {
    const { kind, mchNo, mchOrderNo } = entry;
    if (kind === undefined || mchNo === undefined || mchOrderNo === undefined) return;
    const key = keyOf(kind, mchNo, mchOrderNo);
    const own = this.byOrder.get(key);
    if (!own) return;
    own.push(entry);
    if (own.length >= 2 * KEPT_ENTRIES_PER_ORDER) this.byOrder.set(key, own.slice(-KEPT_ENTRIES_PER_ORDER));
  }
}

export function fits(entry: JournalSubject, filter: JournalFilter): boolean {
  return (
    (filter.kind === undefined || filter.kind === entry.kind) &&
    (filter.mchNo === undefined || filter.mchNo === entry.mchNo) &&
    (filter.mchOrderNo === undefined || filter.mchOrderNo === entry.mchOrderNo)
  );
}

function keyOf(kind: EntryKind, mchNo: string, mchOrderNo: string): string {
  return JSON.stringify([kind, mchNo, mchOrderNo]);
}
