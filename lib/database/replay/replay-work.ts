import { Logger } from '@nestjs/common';
import { messageOf } from '../../errors/message-of.js';
import type { OutcomeHandlers } from '../../outcomes/outcome-handlers.js';
import type { AfterCommitWork } from '../after-commit/after-commit-work.js';
import type { DatabaseLimits } from '../database.options.js';
import { lookAgainAt, type KnownMerchants } from '../known-merchants.js';
import { runHandlers } from '../outcomes/run-handlers.js';
import type { SqlDatabase, SqlTransaction } from '../sql-database.js';
import { CommitUnknownError, sqlFailure } from '../sql-errors.js';
import { SingleSweep } from '../single-sweep.js';
import { inTransaction, undoing } from '../transaction/in-transaction.js';
import { MAX_RUNS, rerun } from '../transaction/rerun.js';
import type { AppliedOutcome, ReplayCall, ReplayTable } from './replay-table.js';

/** Time added to the transaction's timeout for the lease of a replay, in ms. */
const LEASE_MARGIN_MS = 30_000;

/** How long a replay waits for a suitable process, in ms, because nobody expects it to run much later. */
const PATIENCE_MS = 24 * 3_600_000;

/** Runs requested replays. */
export class ReplayWork extends SingleSweep {
  private readonly logger = new Logger('Pass2PayOutcome');

  constructor(
    private readonly database: SqlDatabase,
    private readonly table: ReplayTable,
    private readonly handlers: Pick<OutcomeHandlers, 'areThere' | 'handle' | 'names' | 'namesFor'>,
    private readonly afterCommit: Pick<AfterCommitWork, 'add' | 'wake'>,
    private readonly merchants: KnownMerchants,
    private readonly options: DatabaseLimits,
  ) {
    super();
  }

  /** In sequence, in the order of the requests. */
  protected override async sweepOnce(): Promise<void> {
    if (!this.handlers.areThere) return;
    try {
      await this.giveUpOld();
      while (!this.hasStopped) {
        const call = await this.take();
        if (call === undefined) return;
        await this.run(call);
      }
    } catch (error) {
      this.logger.error(`Requested replays could not be read: ${messageOf(error)}`);
    }
  }

  private async giveUpOld(): Promise<void> {
    const now = Date.now();
    const why = 'no running process with its handler and merchant took it within a day';
    const old = { requestedBefore: now - PATIENCE_MS, now };
    const count = await inTransaction(this.database, this.options, (own) => this.table.giveUp(own, why, old));
    if (count > 0) this.logger.error(`${count} replays failed: ${why}.`);
  }

  private take(): Promise<ReplayCall | undefined> {
    const { connectionTimeoutMs, lockTimeoutMs, handlerTimeoutMs } = this.options;
    const leaseMs = MAX_RUNS * (connectionTimeoutMs + lockTimeoutMs + handlerTimeoutMs) + LEASE_MARGIN_MS;
    const scope = { handlers: this.handlers.names, mchNos: this.merchants.mchNos };
    return inTransaction(this.database, this.options, (transaction) =>
      this.table.take(transaction, scope, { now: Date.now(), leaseMs }),
    );
  }

  private async run(call: ReplayCall): Promise<void> {
    try {
      const outcome = await this.table.outcome(call.idempotencyKey);
      const stranger = outcome && (await this.merchants.whyStranger(outcome.event.data));
      if (stranger === undefined) await this.replay(call, outcome);
      else await this.table.putBack(call, stranger, lookAgainAt(call.requestedAt, Date.now()));
    } catch (error) {
      this.logger.warn(`${nameOf(call)} could not be run and will be retried: ${messageOf(error)}`);
    }
  }

  private async replay(call: ReplayCall, outcome: AppliedOutcome | undefined): Promise<void> {
    const { handler, attempts } = call;
    if (outcome === undefined) return this.fail(call, new Error('there is no such applied outcome'));
    if (handler !== undefined && !this.handlers.namesFor(outcome.event).includes(handler)) {
      return this.fail(call, new Error(`${handler} is not a handler of this outcome`));
    }
    if (attempts > this.options.maxAttempts) {
      return this.fail(call, new Error('its process ended or lost the database on each attempt'));
    }
    return rerun(() => this.runOnce(call, outcome));
  }

  /** @throws errors that are unrelated to the handlers; the replay must then be retried. */
  private async runOnce(call: ReplayCall, outcome: AppliedOutcome): Promise<void> {
    const transaction = await this.database.begin(this.options);
    const isToDo = await undoing(transaction, () => this.table.begin(transaction, call, outcome.event, Date.now()));
    if (!isToDo) return transaction.rollback();
    try {
      const isMoreToDo = await undoing(transaction, () => this.handle(transaction, call, outcome));
      await this.commit(transaction, call);
      if (isMoreToDo) this.afterCommit.wake();
      this.logger.log(`${nameOf(call)} is done.`);
    } catch (error) {
      const isOfDatabase = ['rolled-back', 'lock-timeout'].includes(sqlFailure(error));
      if (isOfDatabase || error instanceof CommitUnknownError) throw error;
      await this.fail(call, error);
    }
  }

  /** @returns whether there is after-commit work */
  private async handle(
    transaction: SqlTransaction,
    call: ReplayCall,
    { event, facts }: AppliedOutcome,
  ): Promise<boolean> {
    const isMoreToDo = await this.afterCommit.add(transaction, event, facts, call);
    const timeoutMs = this.options.handlerTimeoutMs;
    const handle = () => this.handlers.handle(event, facts, transaction.tx, call.handler);
    await runHandlers(this.database, transaction, { event, timeoutMs }, handle);
    return isMoreToDo;
  }

  /** If the response to the commit was lost, the replay's row tells whether it was committed. */
  private async commit(transaction: SqlTransaction, call: ReplayCall): Promise<void> {
    try {
      await transaction.commit();
    } catch (error) {
      if (!(error instanceof CommitUnknownError)) throw error;
      // If that cannot be read either, the replay is retried, which finds out.
      if (!(await this.isDone(call).catch(() => false))) throw error;
    }
  }

  private isDone(call: ReplayCall): Promise<boolean> {
    return inTransaction(this.database, this.options, (own) => this.table.isDoneAfterLock(own, call));
  }

  private async fail(call: ReplayCall, error: unknown): Promise<void> {
    const message = messageOf(error);
    await this.table.fail(call, message, Date.now());
    this.logger.error(`${nameOf(call)} has failed: ${message}`);
  }
}

function nameOf({ id, idempotencyKey, handler }: ReplayCall): string {
  return `Replay ${id} of ${idempotencyKey}${handler === undefined ? '' : ` for ${handler}`}`;
}
