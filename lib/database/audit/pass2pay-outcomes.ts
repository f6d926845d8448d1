import { Pass2PayConfigError, Pass2PayValidationError } from '../../errors/pass2pay.errors.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlLimits } from '../sql-database.js';
import { inTransaction } from '../transaction/in-transaction.js';
import {
  AfterCommitListOptions,
  OutcomeListOptions,
  readOptions,
  ReplayListOptions,
  type OutcomeResult,
} from './list-options.js';
import { OutcomeRetries, type RetryResult } from './outcome-retries.js';
import { readRetryOptions, ReplayOptions, type RetryOptions } from './retry-options.js';
import { StoredAfterCommits, type AfterCommitPage } from './stored-after-commit.js';
import { StoredOutcomes, type OutcomePage } from './stored-outcomes.js';
import { StoredReplays, type ReplayPage, type StoredReplay } from './stored-replays.js';

/** The location of an instance's outcomes. */
interface OutcomePlace {
  database: SqlDatabase;
  tables: Tables;
  /** The name of the module's instance; `''` if it has none. */
  instance: string;
  limits: SqlLimits;
}

/**
 * The outcomes in the application's database: lists, retries and replays them. Retries and replays are run by any
 * running process that has the handlers and the merchant, within `databaseLimits.sweepEveryMs`.
 */
export class Pass2PayOutcomes {
  constructor(private readonly place: OutcomePlace | undefined) {}

  /**
   * Lists outcomes, newest first by their first arrival. Without a result other than `applied`, and without an order
   * number, it scans all outcomes until the page is full, which may take long for a merchant with few outcomes.
   *
   * ```ts
   * for (let after: string | undefined; ; ) {
   *   const { outcomes, next } = await pass2payOutcomes.list({ result: 'dead', ...(after && { after }) });
   *   …
   *   if (next === undefined) break;
   *   after = next;
   * }
   * ```
   *
   * @throws Pass2PayValidationError with every issue of the options.
   * @throws Pass2PayConfigError without the option `database`.
   */
  async list(options?: OutcomeListOptions): Promise<OutcomePage> {
    const { database, tables, instance } = this.demandPlace();
    return new StoredOutcomes(database, tables, instance).list(readOptions(OutcomeListOptions, options));
  }

  /**
   * Lists pending and dead after-commit work, newest first.
   *
   * @throws as `list` does.
   */
  async listAfterCommit(options?: AfterCommitListOptions): Promise<AfterCommitPage> {
    const { database, tables, instance } = this.demandPlace();
    return new StoredAfterCommits(database, tables, instance).list(readOptions(AfterCommitListOptions, options));
  }

  /**
   * Lists requested replays, newest first.
   *
   * @throws as `list` does.
   */
  async listReplays(options?: ReplayListOptions): Promise<ReplayPage> {
    const { database, tables, instance } = this.demandPlace();
    return new StoredReplays(database, tables, instance).list(readOptions(ReplayListOptions, options));
  }

  /**
   * Retries failed outcomes and dead after-commit work: due now, with all attempts. Outcomes that were applied
   * meanwhile are not changed, and their handlers do not run again. With `result: 'mismatch'`, a mismatch is compared
   * with its order again; if it still does not match, `@OnMismatch` handlers run again.
   *
   * @returns the numbers of retried items; items that a process is currently attempting may not be counted.
   * @throws Pass2PayValidationError with every issue of the options.
   * @throws Pass2PayConfigError without the option `database`.
   */
  async retry(options: RetryOptions): Promise<RetryResult> {
    const { database, tables, instance, limits } = this.demandPlace();
    return new OutcomeRetries(database, tables, instance, limits).retry(readRetryOptions(options));
  }

  /**
   * Deliberately runs the handlers of an applied outcome again, with `replayed: true`, in one transaction with the
   * replay's record, so that their effects are committed at most once. The order, its `lastApplied` and the outcome do
   * not change. Handlers with `{ after: 'commit' }` run afterwards. If a handler fails, everything is rolled back, and
   * the replay is recorded as failed and not retried. A replay that no process takes within a day fails.
   *
   * Requesting the same replay again while it is pending returns the pending one; later, it creates a new one.
   *
   * @throws Pass2PayValidationError with every issue of the options, and for an outcome that was not applied.
   * @throws Pass2PayConfigError without the option `database`.
   */
  async replay(options: ReplayOptions): Promise<StoredReplay> {
    const { database, tables, instance, limits } = this.demandPlace();
    const { idempotencyKey, handler, reason } = readOptions(ReplayOptions, options);
    const outcome = await new StoredOutcomes(database, tables, instance).find(idempotencyKey);
    if (outcome?.result !== 'applied') throw notApplied(idempotencyKey, outcome?.result);
    const asked = { idempotencyKey, mchNo: outcome.mchNo, handler, reason };
    const replays = new StoredReplays(database, tables, instance);
    return inTransaction(database, limits, (transaction) => replays.add(transaction, asked, Date.now()));
  }

  private demandPlace(): OutcomePlace {
    if (this.place !== undefined) return this.place;
    const message = 'database is required for Pass2PayOutcomes, which reads and writes the outcome table; set it';
    throw new Pass2PayConfigError([{ field: 'database', message }]);
  }
}

function notApplied(idempotencyKey: string, result: OutcomeResult | undefined): Pass2PayValidationError {
  const message =
    result === undefined
      ? `idempotencyKey ${idempotencyKey} does not exist in the outcome table; use one from list`
      : `idempotencyKey ${idempotencyKey} belongs to an outcome that is ${result}; only applied outcomes can be replayed${RETRIED.has(result) ? '; retry it' : ''}`;
  return new Pass2PayValidationError([{ field: 'idempotencyKey', message }]);
}

const RETRIED: ReadonlySet<OutcomeResult> = new Set(['failed', 'dead', 'mismatch']);
