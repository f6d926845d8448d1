import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { messageOf } from '../errors/message-of.js';
import type { OutcomeDelivery } from '../outcomes/outcome-delivery.js';
import type { DatabaseLimits } from './database.options.js';
import type { DueOutcome, OutcomeTable } from './outcome-table.js';
import { checkSchema } from './schema/schema-version.js';
import type { SchemaNames } from './schema/schema-names.js';
import type { SqlDatabase } from './sql-database.js';

/** How many outcomes one look takes. */
const BATCH = 20;

/** How long a process may take with them, in ms; then another takes them over. */
const LEASE_MS = 120_000;

/** Tries outcomes again whose handlers have failed, or whose process has ended, in any process of the fleet. */
export class DueOutcomes implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Pass2PayOutcome');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly database: SqlDatabase,
    private readonly table: OutcomeTable,
    private readonly delivery: OutcomeDelivery,
    private readonly options: DatabaseLimits & SchemaNames,
  ) {}

  /** @throws Pass2PayConfigError where the tables are missing, or of a version that this release does not know. */
  async onApplicationBootstrap(): Promise<void> {
    await checkSchema(this.database, this.options);
    this.timer = setInterval(() => void this.sweep(), this.options.sweepEveryMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** Tries what is due now, one after the other. Called while it is under way, it waits for that. Never throws. */
  async sweep(): Promise<void> {
    this.sweeping ??= this.sweepOnce().finally(() => {
      this.sweeping = undefined;
    });
    return this.sweeping;
  }

  private async sweepOnce(): Promise<void> {
    try {
      const errors: unknown[] = [];
      const taken = await this.take();
      for (const due of taken) await this.retry(due).catch((error: unknown) => errors.push(error));
      if (errors.length > 0) {
        this.logger.warn(
          `${errors.length} of ${taken.length} outcomes that were due could not be applied, and are tried again. The last error: ${messageOf(errors.at(-1))}`,
        );
      }
    } catch (error) {
      this.logger.error(`Outcomes that are due could not be read: ${messageOf(error)}`);
    }
  }

  private async take(): Promise<DueOutcome[]> {
    const transaction = await this.database.begin(this.options);
    try {
      const due = await this.table.takeDue(transaction, { now: Date.now(), leaseMs: LEASE_MS, most: BATCH });
      await transaction.commit();
      return due;
    } finally {
      await transaction.rollback();
    }
  }

  private async retry({ id, event }: DueOutcome): Promise<void> {
    const result = await this.delivery.deliver(event);
    if (result !== 'applied') await this.table.closeDue(this.database, id, result);
  }
}
