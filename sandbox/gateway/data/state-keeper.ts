import type { RecordedRequest } from '../api/recorded-request.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { NotifySubject, StoredDelivery } from '../notify/delivery.js';
import type { SandboxOrder, SandboxTransfer } from '../orders/sandbox-order.js';
import type { DataFile } from './data-file.js';
import { deliveryKey, entryKey } from './kept-state.js';

/** Is told what changes in the sandbox, and notes it in the data file if there is one. */
export class StateKeeper {
  private requests = 0;

  constructor(private readonly file?: DataFile) {}

  order(order: SandboxOrder): void {
    this.file?.note(entryKey('order', order), { order });
  }

  transfer(transfer: SandboxTransfer): void {
    this.file?.note(entryKey('transfer', transfer), { transfer });
  }

  delivery(delivery: StoredDelivery): void {
    this.file?.note(deliveryKey(delivery), { delivery });
  }

  forget(subject: NotifySubject): void {
    this.file?.note(`forget ${entryKey(subject.kind, subject)}`, { forget: subject });
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

  /** What was noted is there when this returns, whatever happens to the process. @throws SandboxDataFileError */
  commit(): void {
    this.file?.commit();
  }

  close(): void {
    this.file?.close();
  }
}
