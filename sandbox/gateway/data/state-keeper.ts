import type { RecordedRequest } from '../api/recorded-request.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { NotifySubject, StoredDelivery } from '../notify/delivery.js';
import { type Entry, entryKey, subjectOf } from '../orders/entry.js';
import type { DataFile } from './data-file.js';
import type { DataRecord } from './data-record.js';
import { deliveryKey } from './kept-state.js';

/** Records changes of the sandbox's state in the data file, if there is one. */
export class StateKeeper {
  private requests = 0;

  constructor(private readonly file?: DataFile) {}

  kept(entry: Entry): void {
    this.file?.note(entryKey(subjectOf(entry)), recordOf(entry));
  }

  delivery(delivery: StoredDelivery): void {
    this.file?.note(deliveryKey(delivery), { delivery });
  }

  forget(subject: NotifySubject): void {
    this.file?.note(`forget ${entryKey(subject)}`, { forget: subject });
  }

  entry(entry: JournalEntry): void {
    this.file?.note(`entry ${entry.seq}`, { entry });
  }

  request(request: RecordedRequest): void {
    this.requests += 1;
    this.file?.note(`request ${this.requests}`, { request });
  }

  time(time: number): void {
    this.file?.note('time', { time });
  }

  url(url: string): void {
    this.file?.note('url', { url });
  }

  /**
   * All recorded changes are in the file when this returns, whatever happens to the process. @throws
   * SandboxDataFileError
   */
  commit(): void {
    this.file?.commit();
  }

  close(): void {
    this.file?.close();
  }
}

function recordOf(entry: Entry): DataRecord {
  if (entry.kind === 'order') return { order: entry.of };
  return entry.kind === 'transfer' ? { transfer: entry.of } : { refund: entry.of };
}
