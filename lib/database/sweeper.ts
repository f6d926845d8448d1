import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { DatabaseLimits } from './database.options.js';
import { checkSchema } from './schema/schema-version.js';
import type { SchemaNames } from './schema/schema-names.js';
import type { SqlDatabase } from './sql-database.js';

/** What the tables have left to do, in whatever process comes first. */
export interface DueWork {
  /** Does what is due now. Called while it is under way, it waits for that. Never throws. */
  sweep(): Promise<void>;
  /** Begins nothing more, and waits for what is under way. Never throws. */
  stop(): Promise<void>;
}

/** Looks for due work from the start of the application to its end. */
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: SqlDatabase,
    private readonly work: readonly DueWork[],
    private readonly options: DatabaseLimits & SchemaNames,
  ) {}

  /** @throws Pass2PayConfigError where the tables are missing, or of a version that this release does not know. */
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
