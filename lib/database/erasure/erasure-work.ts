import { Logger } from '@nestjs/common';
import { messageOf } from '../../errors/message-of.js';
import { SingleSweep } from '../single-sweep.js';
import { PAGE, type ErasedTable, type Erasure } from './erasure.js';

const TABLES: readonly ErasedTable[] = ['order', 'outcome', 'afterCommit'];

/** Maximum number of pages per table and sweep. */
const PAGES = 10;

/** Interval between two sweeps after nothing was found, in ms. */
const LOOK_AGAIN_MS = 600_000;

const DAY_MS = 86_400_000;

/** Erases data that is older than `keepDays`, and data that was marked for erasure once its handlers have ended. */
export class ErasureWork extends SingleSweep {
  private readonly logger = new Logger('Pass2PayErasure');
  private lookAt = 0;

  constructor(
    private readonly erasure: Pick<Erasure, 'erasePage'>,
    /** false: forever. */
    private readonly keepDays: number | false,
  ) {
    super();
  }

  protected override async sweepOnce(): Promise<void> {
    const now = Date.now();
    if (now < this.lookAt) return;
    let isMoreLeft = false;
    const failures = new Set<string>();
    for (const table of TABLES) {
      try {
        isMoreLeft = (await this.erase(table, now)) || isMoreLeft;
      } catch (error) {
        // A table that cannot be erased must not keep the others from it.
        failures.add(messageOf(error));
      }
    }
    if (failures.size > 0) {
      this.logger.error(`Customer data could not be erased; it will be retried: ${[...failures].join('; ')}`);
    } else {
      this.lookAt = isMoreLeft ? 0 : now + LOOK_AGAIN_MS;
    }
  }

  /** @returns whether more rows of the table may be due. */
  private async erase(table: ErasedTable, now: number): Promise<boolean> {
    const until = this.keepDays === false ? 0 : now - this.keepDays * DAY_MS;
    for (let page = 0; page < PAGES && !this.hasStopped; page++) {
      if ((await this.erasure.erasePage(table, until, now)) < PAGE) return false;
    }
    return true;
  }
}
