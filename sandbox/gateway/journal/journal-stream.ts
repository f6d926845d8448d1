import type { StreamResponse } from '../http/event-stream.js';
import { fits, type Journal, type JournalFilter } from './journal.js';

/**
 * The journal as a stream: an event `journal` for each entry, with its number as the ID. After `since`, the missed
 * entries are sent first. If they are no longer available (too many, or the sandbox was restarted), an event `reset`
 * precedes the available ones: reload everything.
 *
 * @param since the number of the client's last entry; only new entries if undefined
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
