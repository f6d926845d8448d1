/** The wait after the first failure, in ms; each further one is twice as long. Twelve attempts take 24 hours. */
const FIRST_WAIT_MS = 42_000;

/**
 * When handlers that have failed are tried again, in ms since 1970.
 *
 * @param attempts how often they have been tried
 * @returns undefined where they are given up
 */
export function nextAttemptAt(
  attempts: number,
  now: number,
  { maxAttempts }: { maxAttempts: number },
): number | undefined {
  return attempts >= maxAttempts ? undefined : now + FIRST_WAIT_MS * 2 ** (attempts - 1);
}
