import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { DatabaseLimits } from './database.options.js';
import { checkSchema } from './schema/schema-version.js';
import type { SchemaNames } from './schema/schema-names.js';
import type { SqlDatabase } from './sql-database.js';

/** Pending work in the tables, done by any process. */
export interface DueWork {
  /** Does the work that is due now. If it is already running, waits for it. Never throws. */
  sweep(): Promise<void>;
  /** Starts no more work, and waits for running work. Never throws. */
  stop(): Promise<void>;
}

/** Runs the sweeps while the application runs. */
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: SqlDatabase,
    private readonly work: readonly DueWork[],
    private readonly options: DatabaseLimits & SchemaNames,
  ) {}

  /** @throws Pass2PayConfigError when the tables are missing or have an unsupported version. */
  async onApplicationBootstrap(): Promise<void> {
    await checkSchema(this.database, this.options);
    this.timer = setInterval(() => {
      for (const each of this.work) void each.sweep();
    }, this.options.sweepEveryMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.work.map((each) => each.stop()));
  }
}
