/** The delay after the first failure, in ms; each further delay is twice as long. Twelve attempts take 24 hours. */
const FIRST_WAIT_MS = 42_000;

/**
 * When failed handlers are retried, in ms since 1970.
 *
 * @param attempts number of attempts so far
 * @returns undefined when the attempts are exhausted
 */
export function nextAttemptAt(
  attempts: number,
  now: number,
  { maxAttempts }: { maxAttempts: number },
): number | undefined {
  return attempts >= maxAttempts ? undefined : now + FIRST_WAIT_MS * 2 ** (attempts - 1);
}
