import { observeDatabase, type DatabaseBacklog, type StopObserving } from '../telemetry/gauges.js';
import { withTimeout } from '../client/with-timeout.js';
import type { Tables } from './schema/schema-names.js';
import type { SqlDatabase, SqlRow } from './sql-database.js';
import { NoAnswerError } from './sql-errors.js';

/** How long a collection of metrics waits for the database, in ms. */
const GAUGES_MS = 2_000;

/** Tells metrics and health what is not done in the tables. */
export class Backlog {
  private stop: StopObserving | undefined;
  private reading: Promise<DatabaseBacklog> | undefined;

  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    /** The name of the module's instance; undefined where it has none. */
    private readonly instance: string | undefined,
  ) {}

  onApplicationBootstrap(): void {
    this.stop = observeDatabase(this.instance ?? 'default', () =>
      withTimeout(this.read(), GAUGES_MS, () => new NoAnswerError(GAUGES_MS)),
    );
  }

  onModuleDestroy(): void {
    this.stop?.();
  }

  /**
   * One statement, by indexes that have only what is not done; who asks while it runs shares it.
   *
   * @throws what the library throws, and NoAnswerError.
   */
  async read(): Promise<DatabaseBacklog> {
    this.reading ??= this.readOnce().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readOnce(): Promise<DatabaseBacklog> {
    const { outcome, afterCommit, migration } = this.tables;
    const instance = this.instance ?? '';
    const { rows } = await this.database.execute(
      `SELECT 'outcome' AS work, result AS state, COUNT(*) AS number, MIN(due_at) AS due_at FROM ${outcome} WHERE instance = ? AND result IN ('received', 'failed', 'dead') GROUP BY result UNION ALL SELECT 'after-commit', status, COUNT(*), MIN(due_at) FROM ${afterCommit} WHERE instance = ? GROUP BY status UNION ALL SELECT 'schema', '', MAX(version), NULL FROM ${migration}`,
      [instance, instance],
    );
    const numberOf = (work: string, state: string) =>
      Number(rows.find((row) => row.work === work && row.state === state)?.number ?? 0);
    const now = Date.now();
    return {
      outcomes: {
        received: numberOf('outcome', 'received'),
        failed: numberOf('outcome', 'failed'),
        dead: numberOf('outcome', 'dead'),
      },
      afterCommit: { pending: numberOf('after-commit', 'pending'), dead: numberOf('after-commit', 'dead') },
      lag: { outcomes: lagOf(rows, 'outcome', now), afterCommit: lagOf(rows, 'after-commit', now) },
      schemaVersion: numberOf('schema', ''),
    };
  }
}

/** In s. What is given up is not due. */
function lagOf(rows: readonly SqlRow[], work: string, now: number): number {
  const due = rows.filter((row) => row.work === work && row.state !== 'dead' && row.due_at !== null);
  const oldest = Math.min(now, ...due.map((row) => Number(row.due_at)));
  return (now - oldest) / 1000;
}
