import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { filter, Subject, type Observable } from 'rxjs';

/** Says within this process which order has changed, by its key; whoever shows one looks for what other processes did. */
@Injectable()
export class OrderNews implements OnApplicationShutdown {
  private readonly changed = new Subject<string>();

  onApplicationShutdown(): void {
    this.changed.complete();
  }

  announce(checkoutKey: string | undefined): void {
    if (checkoutKey !== undefined) this.changed.next(checkoutKey);
  }

  /** Emits when the order has changed. */
  of(checkoutKey: string): Observable<string> {
    return this.changed.pipe(filter((changed) => changed === checkoutKey));
  }

  /** Whether anybody listens here. */
  get isHeard(): boolean {
    return this.changed.observed;
  }
}
