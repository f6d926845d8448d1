import { defer, distinctUntilChanged, EMPTY, expand, from, Observable, switchMap, timer } from 'rxjs';
import type { CallOptions } from '../client/call.js';
import { isFinal } from '../protocol/order-state.js';
import type { OrderRef, PaymentQuery } from './payment-query.js';
import type { PaymentOrder } from './payment-order.dto.js';

export interface WatchOptions extends CallOptions {
  /** The wait after the first query, in ms; each further one is half as long again. 2000 where left out. */
  intervalMs?: number;
  /** The longest wait, in ms. 30000 where left out. */
  maxIntervalMs?: number;
}

/** Follows an order by polling. */
export class OrderWatch {
  constructor(private readonly query: PaymentQuery) {}

  /**
   * The order now, and again whenever its state has changed; completes after reaching a state other than 0 and 1. Stops asking, and ends the
   * query under way, on unsubscribe. Errors as `PaymentQuery.find` throws, once its own retries are used up.
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

/** A promise as an observable whose unsubscription aborts the work. */
function cancellable<T>(work: (signal: AbortSignal) => Promise<T>, outer: AbortSignal | undefined): Observable<T> {
  return new Observable((subscriber) => {
    const controller = new AbortController();
    const signal = outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]);
    subscriber.add(from(work(signal)).subscribe(subscriber));
    subscriber.add(() => controller.abort());
  });
}
