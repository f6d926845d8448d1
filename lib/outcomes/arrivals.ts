/** Copies and JSON do not contain a member that is not enumerable. */
const ARRIVAL = Symbol('arrival');

/** Records when a verified notification arrived, before verification and confirmation, by `performance.now()`. */
export function noteArrival(notification: object, at: number): void {
  Object.defineProperty(notification, ARRIVAL, { value: at, configurable: true });
}

/**
 * When the notification arrived, by `performance.now()`; undefined for a copy, or for one that did not come through a
 * notify route.
 */
export function arrivalOf(notification: object): number | undefined {
  return (notification as { [ARRIVAL]?: number })[ARRIVAL];
}
