import { observeDatabase, type DatabaseBacklog, type StopObserving } from '../telemetry/gauges.js';
import { withTimeout } from '../client/with-timeout.js';
import { pendingIn } from './schema/order-conditions.js';
import type { Tables } from './schema/schema-names.js';
import type { SqlDatabase, SqlRow } from './sql-database.js';
import { NoAnswerError } from './sql-errors.js';

/** Timeout of a metrics collection for the database, in ms. */
const GAUGES_MS = 2_000;

/** Reads unfinished work from the tables, for metrics and health. */
export class Backlog {
  private stop: StopObserving | undefined;
  private reading: Promise<DatabaseBacklog> | undefined;

  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    /** The name of the module's instance; undefined if it has none. */
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
   * One statement on partial indexes of unfinished work; concurrent calls share it.
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
    const rows = await this.select();
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
      lag: {
        outcomes: lagOf(rows, 'outcome', now),
        afterCommit: lagOf(rows, 'after-commit', now),
        reconciler: lagOf(rows, 'check', now),
      },
      orders: { unknownCreates: numberOf('create', 'unknown'), oldestPending: lagOf(rows, 'pending', now) },
      schemaVersion: numberOf('schema', ''),
    };
  }

  private async select(): Promise<readonly SqlRow[]> {
    const { order, outcome, afterCommit, migration } = this.tables;
    const pending = pendingIn(this.database.dialect);
    const first = (column: string, where: string) =>
      `SELECT ${column} AS since FROM ${order} WHERE ${where} AND instance = ? ORDER BY ${column} LIMIT 1`;
    const parts = [
      `SELECT 'outcome' AS work, result AS state, COUNT(*) AS number, MIN(due_at) AS since FROM ${outcome} WHERE instance = ? AND result IN ('received', 'failed', 'dead') AND result <> 'applied' GROUP BY result`,
      `SELECT 'after-commit', status, COUNT(*), MIN(due_at) FROM ${afterCommit} WHERE instance = ? GROUP BY status`,
      `SELECT 'create', 'unknown', COUNT(*), NULL FROM ${order} WHERE status <> 'created' AND status = 'unknown' AND instance = ?`,
      // The first entry of an index, independent of its size.
      `SELECT 'pending', '', 0, since FROM (${first(pending.since, pending.where)}) AS oldest_pending`,
      `SELECT 'check', '', 0, since FROM (${first('next_check_at', 'next_check_at IS NOT NULL')}) AS most_overdue`,
      `SELECT 'schema', '', MAX(version), NULL FROM ${migration}`,
    ];
    const instance = this.instance ?? '';
    const { rows } = await this.database.execute(
      parts.join(' UNION ALL '),
      parts.slice(1).map(() => instance),
    );
    return rows;
  }
}

/** In s. Dead work is not due. */
function lagOf(rows: readonly SqlRow[], work: string, now: number): number {
  const due = rows.filter((row) => row.work === work && row.state !== 'dead' && row.since !== null);
  const oldest = Math.min(now, ...due.map((row) => Number(row.since)));
  return (now - oldest) / 1000;
}
