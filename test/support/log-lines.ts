import { Logger } from '@nestjs/common';
import { logged } from './recording-logger.js';

/** The lines of this test, each with its level and context, such as `warn Pass2PayNotify: text`. */
export const lines: string[] = [];

/** Prints nothing, and records the lines of a new test. */
export function recordLines(): void {
  lines.length = 0;
  Logger.overrideLogger({ log: at('log'), warn: at('warn'), error: at('error') });
}

function at(level: string) {
  return (message: unknown, ...rest: unknown[]) => {
    const line = `${level} ${String(rest.at(-1))}: ${String(message)}`;
    lines.push(line);
    logged.push(line);
  };
}
