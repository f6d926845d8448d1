import { setTimeout } from 'node:timers/promises';

/** Looks again and again until there is something. @throws Error after `withinMs`. */
export async function until<T>(what: string, look: () => Promise<T | undefined>, withinMs = 5000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain for ${what}`);
    await setTimeout(20);
  }
}
