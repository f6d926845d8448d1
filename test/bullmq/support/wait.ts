import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the condition holds. @throws Error when it does not within `ms`, before Jest ends the test. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 50_000): Promise<void> {
  const giveUpAt = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(`This does not hold after ${ms} ms: ${condition.toString()}`);
    await sleep(20);
  }
}

/** A promise and what fulfils it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
