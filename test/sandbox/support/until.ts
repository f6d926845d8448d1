/** Only ends a test that hangs. */
const LIMIT_MS = 60_000;

/** Looks again and again until the condition holds; where something tells of the change, wait for that instead. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Still not so: ${condition.toString()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
