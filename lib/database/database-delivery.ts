import { Logger } from '@nestjs/common';
import { withTimeout } from '../client/with-timeout.js';
import { messageOf } from '../errors/message-of.js';
import { arrivalOf } from '../outcomes/arrivals.js';
import { busy } from '../outcomes/busy.js';
import type { KnownEvents } from '../outcomes/known-events.js';
import { NoTurn, type OrderTurns } from '../outcomes/order-turns.js';
import { OutcomeDelivery } from '../outcomes/outcome-delivery.js';
import type { OutcomeHandlers } from '../outcomes/outcome-handlers.js';
import {
  idempotencyKey,
  subjectKey,
  type DeliveryResult,
  type OutcomeEvent,
  type OutcomeFacts,
} from '../outcomes/outcome.js';
import { isSuccess } from '../protocol/state-order.js';
import { ObservedDelivery } from '../telemetry/outcome-telemetry.js';
import type { AfterCommitWork } from './after-commit-work.js';
import type { DatabaseLimits } from './database.options.js';
import { inTransaction, undoing } from './in-transaction.js';
import { nextAttemptAt } from './next-attempt.js';
import type { OutcomeTable, Received } from './outcome-table.js';
import type { SqlDatabase, SqlLimits, SqlTransaction } from './sql-database.js';
import { CommitUnknownError, sqlFailure } from './sql-errors.js';
import { TimeBudget } from './time-budget.js';

/** How often a transaction that the database has rolled back is run in all, as long as there is time. */
const MAX_RUNS = 3;

/** How long a process may take with an outcome that is kept before its handlers, in ms; then another takes it over. */
const KEPT_FOR_MS = 60_000;

type New = Extract<Received, { result: 'new' }>;

/** Handlers that took longer than they may. */
class HandlersTooSlow extends Error {}

/** Brings events to their handlers once by the merchant's own database: one transaction from the lock to the commit. */
export class DatabaseDelivery extends OutcomeDelivery {
  private readonly logger = new Logger('Pass2PayOutcome');

  constructor(
    private readonly database: SqlDatabase,
    private readonly table: OutcomeTable,
    private readonly handlers: Pick<OutcomeHandlers, 'handle' | 'tell'>,
    private readonly queueing: { turns: OrderTurns; known: KnownEvents; busyWaitMs: number },
    private readonly afterCommit: Pick<AfterCommitWork, 'add' | 'wake'>,
    private readonly options: DatabaseLimits,
  ) {
    super();
  }

  /**
   * @throws what a handler throws: the transaction is rolled back, the failure is kept, and the event is to come again.
   * @throws BrokenTransactionError where a handler did what its transaction must not be committed after.
   * @throws ServiceUnavailableException where the order's turn does not come in time, or too many deliveries wait for it.
   * @throws NoConnectionError, and what the library throws, while the database cannot be reached or is locked.
   */
  override async deliver(event: OutcomeEvent): Promise<DeliveryResult> {
    return ObservedDelivery.run(event, (observed) => this.deliverInTurn(event, observed));
  }

  private async deliverInTurn(event: OutcomeEvent, observed: ObservedDelivery): Promise<DeliveryResult> {
    const { turns, busyWaitMs } = this.queueing;
    const budget = new TimeBudget(this.options, arrivalOf(event.data));
    const waitMs = budget.atMost(Math.min(busyWaitMs, this.options.connectionTimeoutMs));
    try {
      return await turns.run(subjectKey(event), waitMs, () => this.deliverOnce(event, observed, budget));
    } catch (error) {
      throw error instanceof NoTurn ? busy(event) : error;
    }
  }

  private async deliverOnce(
    event: OutcomeEvent,
    observed: ObservedDelivery,
    budget: TimeBudget,
  ): Promise<DeliveryResult> {
    for (let run = 1; ; run++) {
      try {
        return await this.run(event, observed, budget);
      } catch (error) {
        if (sqlFailure(error) !== 'rolled-back' || run === MAX_RUNS || budget.isOver) throw error;
      }
    }
  }

  private async run(
    event: OutcomeEvent,
    observed: ObservedDelivery,
    budget: TimeBudget,
    isKept = false,
  ): Promise<DeliveryResult> {
    const transaction = await this.database.begin(budget.waits());
    const received = await undoing(transaction, () => this.table.receive(transaction, event, Date.now()));
    const recognised = this.queueing.known.recognisedAs(event);
    if (recognised !== undefined && recognised !== received.result) {
      // It was let in without the query that would have confirmed it, for that result only.
      await transaction.rollback();
      return recognised;
    }
    if (received.result === 'new') {
      if (!isKept && isShownByNotifiesOnly(event, received)) {
        await transaction.rollback();
        await this.keep(event, received, budget);
        return this.run(event, observed, budget, true);
      }
      if (received.late) observed.late();
      await this.apply(transaction, event, received, budget);
      return 'applied';
    }
    if (received.result === 'mismatch') await undoing(transaction, () => this.tell(transaction, event, received));
    await transaction.commit();
    return received.result;
  }

  /** In a transaction of its own, before the handlers: the outcome is not lost with this process. */
  private async keep(event: OutcomeEvent, received: New, budget: TimeBudget): Promise<void> {
    await this.inTransaction(async (own) => {
      const now = Date.now();
      await this.table.keep(own, event, received, { now, dueAt: now + KEPT_FOR_MS });
    }, budget.waits());
  }

  private async apply(
    transaction: SqlTransaction,
    event: OutcomeEvent,
    received: New,
    budget: TimeBudget,
  ): Promise<void> {
    const handlerTimeoutMs = budget.atMost(this.options.handlerTimeoutMs);
    try {
      const facts = factsOf(event, received);
      const isMoreToDo = await undoing(transaction, async () => {
        // Before the handlers: a statement fails once they have spoilt the transaction, and its error would not say why.
        const isAdded = await this.afterCommit.add(transaction, event, facts);
        await this.handle(transaction, event, facts, handlerTimeoutMs);
        return isAdded;
      });
      await this.commit(transaction, event);
      if (isMoreToDo) this.afterCommit.wake();
    } catch (error) {
      const failure = sqlFailure(error);
      if (failure !== 'rolled-back' && failure !== 'lock-timeout') await this.keepFailure(event, received, error);
      throw error;
    }
  }

  private async handle(
    transaction: SqlTransaction,
    event: OutcomeEvent,
    facts: OutcomeFacts,
    timeoutMs: number,
  ): Promise<void> {
    await withTimeout(
      this.handlers.handle(event, facts, transaction.tx),
      timeoutMs,
      () =>
        new HandlersTooSlow(`The handlers of ${idempotencyKey(event)} took longer than ${Math.ceil(timeoutMs)} ms.`),
    );
  }

  private async tell(
    transaction: SqlTransaction,
    event: OutcomeEvent,
    { order, reason, differences }: Extract<Received, { result: 'mismatch' }>,
  ): Promise<void> {
    const { mchOrderNo, appId, amount, currency } = order;
    const expected = { mchNo: event.data.mchNo, mchOrderNo, appId, amount, currency, lastState: undefined };
    await this.handlers.tell(
      { event, reason, expected, differences },
      'it stands in the table of outcomes only.',
      transaction.tx,
    );
  }

  /** Where the answer to the commit was lost, the outcome's row tells whether it has come to be. */
  private async commit(transaction: SqlTransaction, event: OutcomeEvent): Promise<void> {
    try {
      await transaction.commit();
    } catch (error) {
      if (!(error instanceof CommitUnknownError)) throw error;
      const isApplied = await this.inTransaction((own) => this.table.isAppliedAfterLock(own, event));
      if (!isApplied) throw error;
    }
  }

  /** What cannot be kept either is only in the log: the gateway's next notify, or a query, says it again. */
  private async keepFailure(event: OutcomeEvent, received: New, error: unknown): Promise<void> {
    try {
      await this.inTransaction(async (own) => {
        const now = Date.now();
        const attempts = (await this.table.attempts(own, event)) + 1;
        const dueAt = nextAttemptAt(attempts, now, this.options);
        await this.table.fail(own, event, { judgement: received, error: messageOf(error), now, dueAt });
        if (dueAt === undefined) {
          this.logger.error(
            `${idempotencyKey(event)} has failed ${attempts} times and is given up: ${messageOf(error)}`,
          );
        }
      });
    } catch (failure) {
      this.logger.error(`The failure of ${idempotencyKey(event)} could not be kept: ${messageOf(failure)}`);
    }
  }

  private inTransaction<Result>(
    work: (transaction: SqlTransaction) => Promise<Result>,
    limits: SqlLimits = this.options,
  ): Promise<Result> {
    return inTransaction(this.database, limits, work);
  }
}

/** A late payment is announced six times at most, and no query ever shows it. Source: protocol §10. */
function isShownByNotifiesOnly({ kind, data }: OutcomeEvent, { late }: New): boolean {
  return isSuccess(kind, data.state) && (late || data.successTime === undefined);
}

function factsOf(event: OutcomeEvent, { late, gatewayState, previousState }: New): OutcomeFacts {
  return {
    late,
    ...(gatewayState !== undefined && { gatewayState }),
    ...(previousState !== undefined && { previousState }),
    source: event.source,
    idempotencyKey: idempotencyKey(event),
  };
}
