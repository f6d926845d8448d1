import { Logger } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';
import { withTimeout } from '../../client/with-timeout.js';
import { messageOf } from '../../errors/message-of.js';
import type { OutcomeHandlers } from '../../outcomes/outcome-handlers.js';
import type { OutcomeEvent, OutcomeFacts } from '../../outcomes/outcome.js';
import type { AfterCommitCall, AfterCommitScope, AfterCommitTable } from './after-commit-table.js';
import type { DatabaseLimits } from '../database.options.js';
import { inTransaction } from '../transaction/in-transaction.js';
import { lookAgainAt, type KnownMerchants } from '../known-merchants.js';
import { nextAttemptAt } from '../outcomes/next-attempt.js';
import type { SqlDatabase, SqlExecutor } from '../sql-database.js';
import type { DueWork } from '../sweeper.js';

/** Maximum number of concurrent handlers in a process. */
const CONCURRENCY = 10;

/** Time added to the handler's timeout for the lease of taken work, in ms. */
const LEASE_MARGIN_MS = 30_000;

/**
 * How long work may be overdue before a process without its handler reports it, and the interval of that check, in ms.
 */
const OVERDUE_MS = 600_000;
const LOOK_FOR_OVERDUE_MS = 3_600_000;

/**
 * Runs after-commit handlers: immediately in the process that committed, otherwise by the sweep of any process with the
 * handler.
 */
export class AfterCommitWork implements DueWork {
  private readonly logger = new Logger('Pass2PayOutcome');

  /** The application's context: after-commit work belongs to no request and no transaction. */
  private readonly context = new AsyncResource('Pass2PayAfterCommit');
  private readonly underWay = new Set<Promise<void>>();
  private running = 0;
  private isWoken = false;
  private isTaking = false;
  private hasStopped = false;
  private lookAt = 0;

  constructor(
    private readonly database: SqlDatabase,
    private readonly table: AfterCommitTable,
    private readonly handlers: Pick<OutcomeHandlers, 'allAfterCommit' | 'handleAfterCommit' | 'namesAfterCommit'>,
    private readonly merchants: KnownMerchants,
    private readonly options: DatabaseLimits,
  ) {}

  /**
   * Stores the after-commit work of an outcome, in its transaction.
   *
   * @param replay for a replay: its id, and its handler if it is not for all
   * @returns whether there is any; call `wake` after the commit.
   */
  async add(
    transaction: SqlExecutor,
    event: OutcomeEvent,
    facts: OutcomeFacts,
    { id: replayId = 0, handler: only }: { id?: number; handler?: string | undefined } = {},
  ): Promise<boolean> {
    const handlers = this.handlers.namesAfterCommit(event).filter((name) => only === undefined || name === only);
    if (handlers.length === 0) return false;
    await this.table.add(transaction, event, { facts, handlers, now: Date.now(), replayId });
    return true;
  }

  /** Starts due work, up to the concurrency limit, without waiting. */
  wake(): void {
    this.isWoken = true;
    if (this.isTaking) return;
    this.context.runInAsyncScope(() => this.track(this.takeWhileWoken()));
  }

  async sweep(): Promise<void> {
    this.wake();
    await this.lookForOverdue();
    await this.idle();
  }

  async stop(): Promise<void> {
    this.hasStopped = true;
    await this.idle();
  }

  private async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  private async takeWhileWoken(): Promise<void> {
    this.isTaking = true;
    try {
      while (this.isWoken && !this.hasStopped && this.running < CONCURRENCY) {
        this.isWoken = false;
        for (const call of await this.take(CONCURRENCY - this.running)) {
          this.running++;
          this.track(this.run(call));
        }
      }
    } catch (error) {
      this.logger.error(`Pending after-commit work could not be read: ${messageOf(error)}`);
    } finally {
      this.isTaking = false;
    }
  }

  private get scope(): AfterCommitScope {
    return { handlers: this.handlers.allAfterCommit, mchNos: this.merchants.mchNos };
  }

  private async take(most: number): Promise<AfterCommitCall[]> {
    const { scope } = this;
    if (scope.handlers.length === 0) return [];
    const leaseMs = this.options.handlerTimeoutMs + LEASE_MARGIN_MS;
    return inTransaction(this.database, this.options, (transaction) =>
      this.table.take(transaction, scope, { now: Date.now(), leaseMs, most }),
    );
  }

  private async run(call: AfterCommitCall): Promise<void> {
    try {
      const stranger = await this.merchants.whyStranger(call.outcome);
      if (stranger === undefined) await this.handle(call);
      else await this.table.putBack(call, stranger, lookAgainAt(call.createdAt, Date.now()));
    } catch (error) {
      this.logger.error(`The result of ${nameOf(call)} could not be stored, so it will run again: ${messageOf(error)}`);
    } finally {
      this.running--;
      // A slot is free, and work of a later outcome of the order may be next.
      this.wake();
    }
  }

  private async handle(call: AfterCommitCall): Promise<void> {
    const error = await this.failureOf(call);
    if (error === undefined) await this.table.done(call);
    else await this.keepFailure(call, error);
  }

  private async failureOf({ handler, outcome, attempts }: AfterCommitCall): Promise<unknown> {
    const { handlerTimeoutMs, maxAttempts } = this.options;
    if (attempts > maxAttempts) return new Error('its process ended or lost the database while it ran');
    try {
      const tooSlow = () => new Error(`it took longer than ${handlerTimeoutMs} ms`);
      await withTimeout(this.handlers.handleAfterCommit(handler, outcome), handlerTimeoutMs, tooSlow);
      return undefined;
    } catch (error) {
      return error ?? new Error('it threw nothing');
    }
  }

  private async keepFailure(call: AfterCommitCall, error: unknown): Promise<void> {
    const dueAt = nextAttemptAt(call.attempts, Date.now(), this.options);
    const message = messageOf(error);
    await this.table.fail(call, message, dueAt);
    if (dueAt === undefined) this.logger.error(`${nameOf(call)} failed and is dead: ${message}`);
    else this.logger.warn(`${nameOf(call)} failed and will be retried at ${new Date(dueAt).toISOString()}: ${message}`);
  }

  /** Otherwise work of a removed handler or merchant would wait unnoticed. */
  private async lookForOverdue(): Promise<void> {
    const now = Date.now();
    if (now < this.lookAt) return;
    this.lookAt = now + LOOK_FOR_OVERDUE_MS;
    try {
      for (const { handler, mchNo, count } of await this.table.pendingOutside(this.scope, now - OVERDUE_MS)) {
        this.logger.warn(
          `${count} after-commit calls of ${handler} for merchant ${mchNo} are overdue, and this process does not have that handler or merchant. If no other process has it either, because it was renamed or removed, change the name in the table or delete the rows.`,
        );
      }
    } catch (error) {
      this.logger.error(`Overdue after-commit work could not be read: ${messageOf(error)}`);
    }
  }
}

function nameOf({ handler, outcome, attempts }: AfterCommitCall): string {
  return `${handler} for ${outcome.idempotencyKey}, attempt ${attempts},`;
}
