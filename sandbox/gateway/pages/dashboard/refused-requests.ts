import type { JournalEntry } from '../../journal/journal-entry.js';

export type RequestEntry = Extract<JournalEntry, { type: 'request' }>;

/**
 * Whether the gateway refused it: with a code other than 0, or with its own HTTP error. A fault's response does not
 * count.
 */
export function isRefused(entry: RequestEntry): boolean {
  if (entry.code !== undefined) return entry.code !== 0;
  return entry.fault === undefined && entry.status !== undefined && entry.status >= 400;
}

export function requestsIn(journal: readonly JournalEntry[]): RequestEntry[] {
  return journal.filter((entry): entry is RequestEntry => entry.type === 'request');
}
