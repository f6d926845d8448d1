import { until } from '../../src/demo/wait.js';

/** Looks again and again until there is something. The limit only ends a test that hangs. */
export function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  return until(what, look, 60_000);
}
