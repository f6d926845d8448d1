import type { JournalEntry } from '../../journal/journal-entry.js';

export type RequestEntry = Extract<JournalEntry, { type: 'request' }>;

/** Whether the gateway said no: by a code other than 0, or by an HTTP error of its own. A fault's answer is neither. */
export function isRefused(entry: RequestEntry): boolean {
  if (entry.code !== undefined) return entry.code !== 0;
  return entry.fault === undefined && entry.status !== undefined && entry.status >= 400;
}

export function requestsIn(journal: readonly JournalEntry[]): RequestEntry[] {
  return journal.filter((entry): entry is RequestEntry => entry.type === 'request');
}
