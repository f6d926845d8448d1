/**
 * Options of an `LRUCache` with this many entries at most. Its own `max` allocates all of them at once: for 100,000, 15
 * ms of the start on a slow machine, and 3 MB.
 */
export function upTo(count: number): { maxSize: number; sizeCalculation: () => number } {
  return { maxSize: count, sizeCalculation: () => 1 };
}
