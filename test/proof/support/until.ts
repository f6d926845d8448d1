import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until it is so; false when it is not within `withinMs`. */
export async function until(isSo: () => Promise<boolean> | boolean, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

/** Does the work for each item, `width` at a time. */
export async function each<T>(items: readonly T[], width: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of left) await work(item);
    }),
  );
}
