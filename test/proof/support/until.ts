import { setTimeout as sleep } from 'node:timers/promises';

/** Ends a wait for what never happens; no machine is so busy that what does happen takes this long. */
const HUNG_MS = 600_000;

/** Looks again and again until it is so. @throws Error when it never is. */
export async function until(isSo: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = Date.now() + HUNG_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`It has not happened within ${HUNG_MS / 60_000} minutes: ${what}`);
    await sleep(50);
  }
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
