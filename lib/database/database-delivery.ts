import { Logger } from '@nestjs/common';
import { withTimeout } from '../client/with-timeout.js';
import { messageOf } from '../errors/message-of.js';
import { OutcomeDelivery } from '../outcomes/outcome-delivery.js';
import type { OutcomeHandlers } from '../outcomes/outcome-handlers.js';
import { idempotencyKey, type DeliveryResult, type OutcomeEvent, type OutcomeFacts } from '../outcomes/outcome.js';
import { isSuccess } from '../protocol/state-order.js';
import { ObservedDelivery } from '../telemetry/outcome-telemetry.js';
import type { DatabaseLimits } from './database.options.js';
import { nextAttemptAt } from './next-attempt.js';
import type { OutcomeTable, Received } from './outcome-table.js';
import type { SqlDatabase, SqlTransaction } from './sql-database.js';
import { CommitUnknownError, sqlFailure } from './sql-errors.js';

/** How often a transaction that the database has rolled back is run in all. */
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
    private readonly options: DatabaseLimits,
  ) {
    super();
  }

  /**
   * @throws what a handler throws: the transaction is rolled back, the failure is kept, and the event is to come again.
   * @throws BrokenTransactionError where a handler did what its transaction must not be committed after.
   * @throws NoConnectionError, and what the library throws, while the database cannot be reached or is locked.
   */
  override async deliver(event: OutcomeEvent): Promise<DeliveryResult> {
    return ObservedDelivery.run(event, (observed) => this.deliverObserved(event, observed));
  }

  private async deliverObserved(event: OutcomeEvent, observed: ObservedDelivery): Promise<DeliveryResult> {
    for (let run = 1; ; run++) {
      try {
        return await this.run(event, observed);
      } catch (error) {
        if (sqlFailure(error) !== 'rolled-back' || run === MAX_RUNS) throw error;
      }
    }
  }

  private async run(event: OutcomeEvent, observed: ObservedDelivery, isKept = false): Promise<DeliveryResult> {
    const transaction = await this.database.begin(this.options);
    const received = await undoing(transaction, () => this.table.receive(transaction, event, Date.now()));
    if (received.result === 'new') {
      if (!isKept && isShownByNotifiesOnly(event, received)) {
        await transaction.rollback();
        await this.keep(event, received);
        return this.run(event, observed, true);
      }
      if (received.late) observed.late();
      await this.apply(transaction, event, received);
      return 'applied';
    }
    if (received.result === 'mismatch') await undoing(transaction, () => this.tell(transaction, event, received));
    await transaction.commit();
    return received.result;
  }

  /** In a transaction of its own, before the handlers: the outcome is not lost with this process. */
  private async keep(event: OutcomeEvent, received: New): Promise<void> {
    await this.inTransaction(async (own) => {
      const now = Date.now();
      await this.table.keep(own, event, received, { now, dueAt: now + KEPT_FOR_MS });
    });
  }

  private async apply(transaction: SqlTransaction, event: OutcomeEvent, received: New): Promise<void> {
    try {
      await undoing(transaction, () => this.handle(transaction, event, received));
      await this.commit(transaction, event);
    } catch (error) {
      const failure = sqlFailure(error);
      if (failure !== 'rolled-back' && failure !== 'lock-timeout') await this.keepFailure(event, received, error);
      throw error;
    }
  }

  private async handle(transaction: SqlTransaction, event: OutcomeEvent, received: New): Promise<void> {
    const { handlerTimeoutMs } = this.options;
    await withTimeout(
      this.handlers.handle(event, factsOf(event, received), transaction.tx),
      handlerTimeoutMs,
      () => new HandlersTooSlow(`The handlers of ${idempotencyKey(event)} took longer than ${handlerTimeoutMs} ms.`),
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

  private async inTransaction<Result>(work: (transaction: SqlTransaction) => Promise<Result>): Promise<Result> {
    const transaction = await this.database.begin(this.options);
    const result = await undoing(transaction, () => work(transaction));
    await transaction.commit();
    return result;
  }
}

async function undoing<Result>(transaction: SqlTransaction, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await transaction.rollback();
    throw error;
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
