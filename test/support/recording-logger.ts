import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';

/** Every line that applications of this test file have logged. */
export const logged: string[] = [];

function record(...parts: unknown[]): void {
  logged.push(parts.map((part) => (typeof part === 'string' ? part : inspect(part, { depth: 8 }))).join(' '));
}

/** Prints nothing, and remembers all of it. */
export const recordingLogger: LoggerService = {
  log: record,
  error: record,
  warn: record,
  debug: record,
  verbose: record,
  fatal: record,
};
