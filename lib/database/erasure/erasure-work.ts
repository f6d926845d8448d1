import { Logger } from '@nestjs/common';
import { messageOf } from '../../errors/message-of.js';
import { SingleSweep } from '../single-sweep.js';
import { PAGE, type ErasedTable, type Erasure } from './erasure.js';

const TABLES: readonly ErasedTable[] = ['order', 'outcome', 'afterCommit'];

/** How many pages of a table one sweep erases. */
const PAGES = 10;

/** How long after it has found no more a process looks again, in ms. */
const LOOK_AGAIN_MS = 600_000;

const DAY_MS = 86_400_000;

/** Erases what is older than `keepDays`, and what was to be erased once its handlers had ended. */
export class ErasureWork extends SingleSweep {
  private readonly logger = new Logger('Pass2PayErasure');
  private lookAt = 0;

  constructor(
    private readonly erasure: Pick<Erasure, 'erasePage'>,
    /** false: for ever. */
    private readonly keepDays: number | false,
  ) {
    super();
  }

  protected override async sweepOnce(): Promise<void> {
    const now = Date.now();
    if (now < this.lookAt) return;
    try {
      let isMoreLeft = false;
      for (const table of TABLES) isMoreLeft = (await this.erase(table, now)) || isMoreLeft;
      this.lookAt = isMoreLeft ? 0 : now + LOOK_AGAIN_MS;
    } catch (error) {
      this.logger.error(`Customers' data could not be erased, which is tried again: ${messageOf(error)}`);
    }
  }

  /** @returns whether more of the table may be due. */
  private async erase(table: ErasedTable, now: number): Promise<boolean> {
    const until = this.keepDays === false ? 0 : now - this.keepDays * DAY_MS;
    for (let page = 0; page < PAGES && !this.hasStopped; page++) {
      if ((await this.erasure.erasePage(table, until, now)) < PAGE) return false;
    }
    return true;
  }
}
