import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../errors.js';

const LOOK_EVERY_MS = 200;

/**
 * The order numbers in a JSON file, as soon as it exists: the application can create orders only while the sandbox
 * runs.
 *
 * @throws UsageError
 */
export async function ordersIn(path: string, waitMs: number): Promise<readonly string[]> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const found = read(path);
    if (found !== undefined) return found;
    if (performance.now() > deadline) {
      throw new UsageError(
        `The file ${path} does not contain a JSON array of order numbers yet: create the orders with your application while this command is running, or pass --order <command>`,
      );
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** Undefined while the file does not exist or is incomplete. */
function read(path: string): readonly string[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  const numbers = Array.isArray(parsed) ? parsed.map(numberOf) : [undefined];
  const isRight = numbers.every((number) => typeof number === 'string');
  if (isRight) return numbers;
  throw new UsageError(`The file ${path} must be a JSON array of order numbers, or of objects with mchOrderNo`);
}

function numberOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null ? (entry as { mchOrderNo?: unknown }).mchOrderNo : entry;
}
