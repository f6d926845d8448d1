import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { NotifyRefusal, NotifyRefusalReason } from '../protocol/notify/notify-refusal.js';

/** Number of refusals that are logged individually in each interval. */
const MAX_LINES = 10;

const INTERVAL_MS = 1_000;

/**
 * Logs refused notifies: in a flood only the first ones, then the number of others, because a log line costs as much as
 * verification.
 */
@Injectable()
export class RefusalLog implements OnApplicationShutdown {
  private readonly logger = new Logger('Pass2PayNotify');
  private readonly unlogged = new Map<NotifyRefusalReason, number>();
  private lines = 0;
  private interval: NodeJS.Timeout | undefined;

  /** No more requests arrive at this point. */
  onApplicationShutdown(): void {
    this.end();
  }

  report({ reason, message }: NotifyRefusal): void {
    this.interval ??= setTimeout(() => this.end(), INTERVAL_MS).unref();
    if (this.lines < MAX_LINES) {
      this.lines += 1;
      this.logger.warn(`A notify was refused (${reason}): ${message}`);
    } else {
      this.unlogged.set(reason, (this.unlogged.get(reason) ?? 0) + 1);
    }
  }

  /** Ends the interval, and logs the number of refusals that were not logged. */
  end(): void {
    clearTimeout(this.interval);
    this.interval = undefined;
    this.lines = 0;
    if (this.unlogged.size === 0) return;
    const counts = [...this.unlogged].map(([reason, count]) => `${reason}: ${count}`);
    this.unlogged.clear();
    this.logger.warn(`More notifies were refused within ${INTERVAL_MS / 1_000} s: ${counts.join(', ')}.`);
  }
}
