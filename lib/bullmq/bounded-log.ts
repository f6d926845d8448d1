import { Logger } from '@nestjs/common';

const EVERY_MS = 10_000;

/** Logs each kind of message at most every 10 s, with the number of suppressed ones. */
export class BoundedLog {
  private readonly logger = new Logger('Pass2PayQueue');
  private readonly occasions = new Map<string, { quietUntil: number; left: number }>();

  log(message: string): void {
    this.logger.log(message);
  }

  /** @param occasion one of a few, because each is stored. */
  warn(occasion: string, message: string): void {
    const due = this.due(occasion);
    if (due !== undefined) this.logger.warn(message + due);
  }

  /** @param occasion one of a few, because each is stored. */
  error(occasion: string, message: string): void {
    const due = this.due(occasion);
    if (due !== undefined) this.logger.error(message + due);
  }

  private due(occasion: string): string | undefined {
    const now = Date.now();
    const last = this.occasions.get(occasion);
    if (last !== undefined && last.quietUntil > now) {
      last.left++;
      return undefined;
    }
    this.occasions.set(occasion, { quietUntil: now + EVERY_MS, left: 0 });
    return last === undefined || last.left === 0 ? '' : ` (and ${last.left} more since the last message)`;
  }
}
