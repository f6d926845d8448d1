import { defer, distinctUntilChanged, EMPTY, expand, from, Observable, switchMap, timer } from 'rxjs';
import type { CallOptions } from '../client/call.js';
import { isFinal } from '../protocol/order-state.js';
import type { OrderRef, PaymentQuery } from './payment-query.js';
import type { PaymentOrder } from './payment-order.dto.js';

export interface WatchOptions extends CallOptions {
  /** The delay after the first query, in ms; each further delay is 1.5 times as long. Defaults to 2000. */
  intervalMs?: number;
  /** Maximum delay, in ms. Defaults to 30000. */
  maxIntervalMs?: number;
}

/** Follows an order by polling. */
export class OrderWatch {
  constructor(private readonly query: PaymentQuery) {}

  /**
   * Emits the order now and whenever its state has changed; completes after reaching a state other than 0 and 1.
   * Unsubscribing stops the polling and aborts the current query. Errors as `PaymentQuery.find` does, after its
   * retries.
   */
  watch(
    ref: OrderRef,
    { intervalMs = 2_000, maxIntervalMs = 30_000, ...options }: WatchOptions = {},
  ): Observable<PaymentOrder> {
    const ask = () => cancellable((signal) => this.query.find(ref, { ...options, signal }), options.signal);
    return defer(ask).pipe(
      expand((order, asked) =>
        isFinal(order.state) ? EMPTY : timer(Math.min(intervalMs * 1.5 ** asked, maxIntervalMs)).pipe(switchMap(ask)),
      ),
      distinctUntilChanged((before, now) => before.state === now.state),
    );
  }
}

/** A promise as an observable; unsubscribing aborts the work. */
function cancellable<T>(work: (signal: AbortSignal) => Promise<T>, outer: AbortSignal | undefined): Observable<T> {
  return new Observable((subscriber) => {
    const controller = new AbortController();
    const signal = outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]);
    subscriber.add(from(work(signal)).subscribe(subscriber));
    subscriber.add(() => controller.abort());
  });
}
