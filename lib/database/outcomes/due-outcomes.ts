import { Logger } from '@nestjs/common';
import { messageOf } from '../../errors/message-of.js';
import { idempotencyKey } from '../../outcomes/outcome.js';
import type { OutcomeHandlers } from '../../outcomes/outcome-handlers.js';
import type { OutcomeDelivery } from '../../outcomes/outcome-delivery.js';
import type { DatabaseLimits } from '../database.options.js';
import { inTransaction } from '../transaction/in-transaction.js';
import { lookAgainAt, type KnownMerchants } from '../known-merchants.js';
import type { DueOutcome, OutcomeTable } from './outcome-table.js';
import type { SqlDatabase } from '../sql-database.js';
import { SingleSweep } from '../single-sweep.js';

/** Maximum number of outcomes per sweep. */
const BATCH = 20;

/** Lease of taken outcomes, in ms; then another process takes over. */
const LEASE_MS = 120_000;

/** Retries outcomes whose handlers failed or whose process ended, in any process that knows their merchant. */
export class DueOutcomes extends SingleSweep {
  private readonly logger = new Logger('Pass2PayOutcome');

  constructor(
    private readonly database: SqlDatabase,
    private readonly table: OutcomeTable,
    private readonly delivery: OutcomeDelivery,
    private readonly handlers: Pick<OutcomeHandlers, 'areThere'>,
    private readonly merchants: KnownMerchants,
    private readonly options: DatabaseLimits,
  ) {
    super();
  }

  /** One after the other. */
  protected override async sweepOnce(): Promise<void> {
    // A script without handlers would apply them without effect.
    if (!this.handlers.areThere) return;
    try {
      const errors: unknown[] = [];
      const taken = await this.take();
      for (const due of taken) await this.retry(due).catch((error: unknown) => errors.push(error));
      if (errors.length > 0) {
        this.logger.warn(
          `${errors.length} of ${taken.length} due outcomes could not be applied; they will be retried unless they are dead. Last error: ${messageOf(errors.at(-1))}`,
        );
      }
    } catch (error) {
      this.logger.error(`Due outcomes could not be read: ${messageOf(error)}`);
    }
  }

  private take(): Promise<DueOutcome[]> {
    const take = { mchNos: this.merchants.mchNos, now: Date.now(), leaseMs: LEASE_MS, most: BATCH };
    return inTransaction(this.database, this.options, (transaction) => this.table.takeDue(transaction, take));
  }

  private async retry(due: DueOutcome): Promise<void> {
    const { id, event, receivedAt } = due;
    if ((await this.merchants.whyStranger(event.data)) !== undefined) {
      await this.table.putBack(this.database, due, lookAgainAt(receivedAt, Date.now()));
      return;
    }
    const result = await this.delivery.deliver(event);
    if (result === 'unknown-order') throw new Error(`the order table has no order for ${idempotencyKey(event)}`);
    if (result !== 'applied') await this.table.closeDue(this.database, id, result);
  }
}
