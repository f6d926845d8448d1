import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { filter, Subject, type Observable } from 'rxjs';

/** Says within this process which order has changed; whoever shows one looks for what other processes did. */
@Injectable()
export class OrderNews implements OnApplicationShutdown {
  private readonly changed = new Subject<string>();

  onApplicationShutdown(): void {
    this.changed.complete();
  }

  announce(mchOrderNo: string): void {
    this.changed.next(mchOrderNo);
  }

  /** Emits when the order has changed. */
  of(mchOrderNo: string): Observable<string> {
    return this.changed.pipe(filter((changed) => changed === mchOrderNo));
  }

  /** Whether anybody listens here. */
  get isHeard(): boolean {
    return this.changed.observed;
  }
}
