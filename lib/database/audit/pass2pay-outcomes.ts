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

/** Where the outcomes of an instance are. */
interface OutcomePlace {
  database: SqlDatabase;
  tables: Tables;
  /** The name of the module's instance; `''` where it has none. */
  instance: string;
  limits: SqlLimits;
}

/**
 * The outcomes that the module keeps in the application's database: what became of them, and a way back. What is retried or
 * replayed here is picked up by a running process that has handlers and knows the merchant, within
 * `databaseLimits.sweepEveryMs`; it need not be this one.
 */
export class Pass2PayOutcomes {
  constructor(private readonly place: OutcomePlace | undefined) {}

  /**
   * Outcomes, the newest first, by when they came first. Without a result other than `applied` and without the number of an
   * order, it goes through all outcomes until the page is full: the ones of a merchant with few may take long to find.
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
   * What handlers have to do after commits, and what was given up of it, the newest first.
   *
   * @throws as `list` does.
   */
  async listAfterCommit(options?: AfterCommitListOptions): Promise<AfterCommitPage> {
    const { database, tables, instance } = this.demandPlace();
    return new StoredAfterCommits(database, tables, instance).list(readOptions(AfterCommitListOptions, options));
  }

  /**
   * Replays that were asked for, the newest first.
   *
   * @throws as `list` does.
   */
  async listReplays(options?: ReplayListOptions): Promise<ReplayPage> {
    const { database, tables, instance } = this.demandPlace();
    return new StoredReplays(database, tables, instance).list(readOptions(ReplayListOptions, options));
  }

  /**
   * Has outcomes whose handlers failed, and work after commits that was given up, tried again: due now, with as many attempts
   * as new ones have. Whatever was applied meanwhile stays as it is: no handler runs twice for it. A mismatch is compared
   * with its order again where `result` asks for that; where it still does not match, `@OnMismatch` is told again.
   *
   * @returns how much of each there was; what a process is just trying may not be counted.
   * @throws Pass2PayValidationError with every issue of the options.
   * @throws Pass2PayConfigError without the option `database`.
   */
  async retry(options: RetryOptions): Promise<RetryResult> {
    const { database, tables, instance, limits } = this.demandPlace();
    return new OutcomeRetries(database, tables, instance, limits).retry(readRetryOptions(options));
  }

  /**
   * Has the handlers of an outcome that was applied run once more, on purpose, with `replayed: true`: in one transaction with
   * the replay's own record, so that what they do is committed once at the most. The order, its `lastApplied` and the outcome
   * stay as they are. Handlers with `{ after: 'commit' }` run after it. Where a handler fails, everything is rolled back, the
   * replay is recorded as failed, and not tried again. A replay that no process has taken within a day fails.
   *
   * The same replay again, as long as it is pending, is that one; later, it is another one.
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
    const message = 'database is required for Pass2PayOutcomes, which reads and writes the table of outcomes; give it';
    throw new Pass2PayConfigError([{ field: 'database', message }]);
  }
}

function notApplied(idempotencyKey: string, result: OutcomeResult | undefined): Pass2PayValidationError {
  const message =
    result === undefined
      ? `idempotencyKey ${idempotencyKey} names no outcome of the table; take one that list gives`
      : `idempotencyKey ${idempotencyKey} names an outcome that is ${result}, and only one that was applied can be replayed${RETRIED.has(result) ? '; retry it' : ''}`;
  return new Pass2PayValidationError([{ field: 'idempotencyKey', message }]);
}

const RETRIED: ReadonlySet<OutcomeResult> = new Set(['failed', 'dead', 'mismatch']);
