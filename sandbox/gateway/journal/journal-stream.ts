import type { StreamResponse } from '../http/event-stream.js';
import { fits, type Journal, type JournalFilter } from './journal.js';

/**
 * The journal as it grows: an event `journal` with each entry, its number as the id. After `since`, the entries that were
 * missed come first. When they are no longer there (too many, or the sandbox was started anew), an event `reset` comes
 * before what is kept: load everything again.
 *
 * @param since the number of the last entry that the client has; only new entries when undefined
 */
export function journalStream(journal: Journal, since: number | undefined, filter: JournalFilter): StreamResponse {
  return {
    open: (send) => {
      if (since !== undefined) {
        const continues = journal.canContinueFrom(since);
        if (!continues) send({ event: 'reset', data: { lastSeq: journal.lastSeq } });
        for (const entry of journal.since(continues ? since : 0, filter)) {
          send({ id: entry.seq, event: 'journal', data: entry });
        }
      }
      return journal.subscribe((entry) => {
        if (fits(entry, filter)) send({ id: entry.seq, event: 'journal', data: entry });
      });
    },
  };
}
