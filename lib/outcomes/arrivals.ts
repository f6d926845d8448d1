const arrivals = new WeakMap<object, number>();

/** Records when a verified notification arrived, before verification and confirmation, by `performance.now()`. */
export function noteArrival(notification: object, at: number): void {
  arrivals.set(notification, at);
}

/**
 * When the notification arrived, by `performance.now()`; undefined for a copy, or for one that did not come through a
 * notify route.
 */
export function arrivalOf(notification: object): number | undefined {
  return arrivals.get(notification);
}
