const arrivals = new WeakMap<object, number>();

/** Notes when a verified notification came, before it was verified and confirmed: by `performance.now()`. */
export function noteArrival(notification: object, at: number): void {
  arrivals.set(notification, at);
}

/** When the notification came, by `performance.now()`; undefined for one that no notify route has let in, or a copy. */
export function arrivalOf(notification: object): number | undefined {
  return arrivals.get(notification);
}
