import { Logger } from '@nestjs/common';
import { messageOf } from '../../errors/message-of.js';
import { arrivalOf } from '../../outcomes/arrivals.js';
import { busy } from '../../outcomes/busy.js';
import type { KnownEvents } from '../../outcomes/known-events.js';
import type { Mismatch } from '../../outcomes/order-matcher.js';
import { NoTurn, type OrderTurns } from '../../outcomes/order-turns.js';
import { OutcomeDelivery } from '../../outcomes/outcome-delivery.js';
import type { OutcomeHandlers } from '../../outcomes/outcome-handlers.js';
import {
  idempotencyKey,
  identityOf,
  subjectKey,
  type DeliveryResult,
  type OutcomeEvent,
} from '../../outcomes/outcome.js';
import { describedOrder } from '../../protocol/order-identity.js';
import { isSuccess } from '../../protocol/state-order.js';
import { ObservedDelivery } from '../../telemetry/outcome-telemetry.js';
import type { AfterCommitWork } from '../after-commit/after-commit-work.js';
import type { DatabaseLimits } from '../database.options.js';
import { inTransaction, undoing } from '../transaction/in-transaction.js';
import { rerun } from '../transaction/rerun.js';
import { nextAttemptAt } from './next-attempt.js';
import type { OrderToInsert } from '../orders/insert-order.js';
import type { Judgement } from './judgement.js';
import type { OutcomeTable, Received } from './outcome-table.js';
import { factsOf } from './outcome-facts.js';
import { runHandlers } from './run-handlers.js';
import type { SqlDatabase, SqlLimits, SqlTransaction } from '../sql-database.js';
import { CommitUnknownError, sqlFailure } from '../sql-errors.js';
import { TimeBudget } from '../transaction/time-budget.js';
import { unknownEnded } from '../orders/unknown-ended.js';
import { UNKNOWN_ORDER, type UnknownOrders } from '../orders/unknown-orders.js';

/** Lease of an outcome that is stored before its handlers run, in ms; then another process takes over. */
const KEPT_FOR_MS = 60_000;

type New = Extract<Received, { result: 'new' }>;
type Judged = Extract<Judgement, { result: 'new' }>;

/** The log text for a mismatch without a handler. */
const ONLY_STORED = 'it is only stored in the outcome table.';

/** Why an order could not be adopted. */
const TAKEN = 'it could not be adopted, because its gateway number belongs to another order in the table';

/** Delivers each event to its handlers once with the merchant's database: one transaction from the lock to the commit. */
export class DatabaseDelivery extends OutcomeDelivery {
  private readonly logger = new Logger('Pass2PayOutcome');

  constructor(
    private readonly database: SqlDatabase,
    private readonly table: OutcomeTable,
    private readonly handlers: Pick<OutcomeHandlers, 'handle' | 'tell'>,
    private readonly unknownOrders: UnknownOrders,
    private readonly queueing: { turns: OrderTurns; known: KnownEvents; busyWaitMs: number },
    private readonly afterCommit: Pick<AfterCommitWork, 'add' | 'wake'>,
    private readonly options: DatabaseLimits,
  ) {
    super();
  }

  /**
   * @throws what a handler throws: the transaction is rolled back, the failure is stored, and the event will be
   * retried.
   * @throws BrokenTransactionError when a handler has made its transaction unsafe to commit.
   * @throws ServiceUnavailableException when the order's turn does not come in time, or too many deliveries are
   * waiting.
   * @throws NoConnectionError, and what the library throws, when the database is unreachable or locked.
   */
  override deliver(event: OutcomeEvent): Promise<DeliveryResult> {
    return ObservedDelivery.run(event, (observed) => this.deliverInTurn(event, observed));
  }

  private async deliverInTurn(event: OutcomeEvent, observed: ObservedDelivery): Promise<DeliveryResult> {
    const { turns, busyWaitMs } = this.queueing;
    const budget = new TimeBudget(this.options, arrivalOf(event.data));
    const waitMs = budget.atMost(Math.min(busyWaitMs, this.options.connectionTimeoutMs));
    try {
      return await turns.run(subjectKey(event), waitMs, () =>
        rerun(
          () => this.run(event, observed, budget),
          () => !budget.isOver,
        ),
      );
    } catch (error) {
      throw error instanceof NoTurn ? busy(event) : error;
    }
  }

  private async run(
    event: OutcomeEvent,
    observed: ObservedDelivery,
    budget: TimeBudget,
    { isKept = false, isAdopted = false } = {},
  ): Promise<DeliveryResult> {
    const now = Date.now();
    const first = this.table.ordinaryStatement(event, now);
    const transaction = await this.database.begin(budget.waits(), first);
    const received = await undoing(transaction, () => this.table.receive(transaction, event, now, first));
    const recognised = this.queueing.known.recognisedAs(event);
    if (recognised !== undefined && recognised !== received.result) {
      // It was accepted without a confirming query, because of that result only.
      await transaction.rollback();
      return recognised;
    }
    if (received.result === 'unknown-order') {
      await transaction.rollback();
      return isAdopted ? this.refuse(event, TAKEN) : this.runUnknown(event, observed, budget);
    }
    if (received.result === 'new') {
      if (!isKept && isShownByNotifiesOnly(event, received)) {
        await transaction.rollback();
        await this.keep(event, received, budget);
        return this.run(event, observed, budget, { isKept: true, isAdopted });
      }
      if (received.late) observed.late();
      await this.apply(transaction, event, received, budget);
      return 'applied';
    }
    if (received.result === 'mismatch') {
      await undoing(transaction, () => this.tell(mismatchOf(event, received), transaction, budget));
    }
    await transaction.commit();
    return received.result;
  }

  /** No transaction is open here, so the gateway may be queried. */
  private async runUnknown(
    event: OutcomeEvent,
    observed: ObservedDelivery,
    budget: TimeBudget,
  ): Promise<DeliveryResult> {
    const unknown = await this.unknownOrders.judge(event, budget.atMost(this.options.handlerTimeoutMs));
    switch (unknown.verdict) {
      case 'foreign':
        return 'unknown-order';
      case 'refused':
        return this.refuse(event, unknown.reason);
      case 'mismatch':
        return this.reject(event, unknown.mismatch, budget);
      case 'adopted':
        await this.adopt(unknown.order, budget);
        return this.run(event, observed, budget, { isAdopted: true });
      default:
        throw new Error(`no such verdict: ${String(unknown satisfies never)}`);
    }
  }

  /** Stores it as failed: the order may be imported, or the gateway may respond, later. */
  private async refuse(event: OutcomeEvent, reason: string): Promise<'unknown-order'> {
    const judgement: Judged = { result: 'new', late: false, gatewayState: undefined, previousState: undefined };
    const isRetried = await this.keepFailure(event, judgement, new Error(`${UNKNOWN_ORDER}${reason}`));
    const next = isRetried ? ' The event is stored and will be retried.' : '';
    this.logger.warn(`No order for ${describedOrder(identityOf(event))}: ${reason}.${next}`);
    return 'unknown-order';
  }

  private async reject(event: OutcomeEvent, mismatch: Mismatch, budget: TimeBudget): Promise<'mismatch'> {
    await this.inTransaction(async (own) => {
      await this.table.reject(own, event, mismatch.differences, Date.now());
      await this.tell(mismatch, own, budget);
    }, budget.waits());
    return 'mismatch';
  }

  private async adopt(order: OrderToInsert, budget: TimeBudget): Promise<void> {
    try {
      await this.inTransaction((own) => this.table.adopt(own, order), budget.waits());
      this.logger.log(`${describedOrder(order)} was adopted: the gateway confirmed its amount and currency.`);
    } catch (error) {
      // Another process has adopted or imported it.
      if (sqlFailure(error) !== 'unique') throw error;
    }
  }

  /** In a separate transaction before the handlers, so that the outcome is not lost with this process. */
  private async keep(event: OutcomeEvent, received: New, budget: TimeBudget): Promise<void> {
    const endsUnknown = await this.inTransaction(async (own) => {
      const now = Date.now();
      return this.table.keep(own, event, received, { now, dueAt: now + KEPT_FOR_MS });
    }, budget.waits());
    if (endsUnknown) tellEnd(event);
  }

  private async apply(
    transaction: SqlTransaction,
    event: OutcomeEvent,
    received: New,
    budget: TimeBudget,
  ): Promise<void> {
    const handlerTimeoutMs = budget.atMost(this.options.handlerTimeoutMs);
    try {
      const isMoreToDo = await undoing(transaction, async () => {
        const facts = factsOf(event, received);
        // Before the handlers: after they have broken the transaction, the statement would fail with a misleading
        // error.
        const isAdded = await this.afterCommit.add(transaction, event, facts);
        const handle = () => this.handlers.handle(event, facts, transaction.tx);
        await runHandlers(this.database, transaction, { event, timeoutMs: handlerTimeoutMs }, handle);
        return isAdded;
      });
      await this.commit(transaction, event);
      if (received.endsUnknown) tellEnd(event);
      if (isMoreToDo) this.afterCommit.wake();
    } catch (error) {
      const failure = sqlFailure(error);
      if (failure !== 'rolled-back' && failure !== 'lock-timeout') await this.keepFailure(event, received, error);
      throw error;
    }
  }

  private async tell(mismatch: Mismatch, transaction: SqlTransaction, budget: TimeBudget): Promise<void> {
    const timeoutMs = budget.atMost(this.options.handlerTimeoutMs);
    const tell = () => this.handlers.tell(mismatch, ONLY_STORED, transaction.tx);
    await runHandlers(this.database, transaction, { event: mismatch.event, timeoutMs }, tell);
  }

  /** If the response to the commit was lost, the outcome's row tells whether it was committed. */
  private async commit(transaction: SqlTransaction, event: OutcomeEvent): Promise<void> {
    try {
      await transaction.commit();
    } catch (error) {
      if (!(error instanceof CommitUnknownError)) throw error;
      const isApplied = await this.inTransaction((own) => this.table.isAppliedAfterLock(own, event));
      if (!isApplied) throw error;
    }
  }

  /**
   * If that cannot be stored either, it is only logged; the gateway's next notify or a query will report it again.
   *
   * @returns whether the outcome is stored and will be retried
   */
  private async keepFailure(event: OutcomeEvent, received: Judged, error: unknown): Promise<boolean> {
    try {
      const { endsUnknown, isRetried } = await this.inTransaction(async (own) => {
        const now = Date.now();
        const attempts = (await this.table.attempts(own, event)) + 1;
        const dueAt = nextAttemptAt(attempts, now, this.options);
        const isTold = await this.table.fail(own, event, { judgement: received, error: messageOf(error), now, dueAt });
        if (dueAt === undefined) {
          this.logger.error(`${idempotencyKey(event)} failed ${attempts} times and is dead: ${messageOf(error)}`);
        }
        return { endsUnknown: isTold, isRetried: dueAt !== undefined };
      });
      if (endsUnknown) tellEnd(event);
      return isRetried;
    } catch (failure) {
      this.logger.error(`The failure of ${idempotencyKey(event)} could not be stored: ${messageOf(failure)}`);
      return false;
    }
  }

  private inTransaction<Result>(
    work: (transaction: SqlTransaction) => Promise<Result>,
    limits: SqlLimits = this.options,
  ): Promise<Result> {
    return inTransaction(this.database, limits, work);
  }
}

function tellEnd(event: OutcomeEvent): void {
  unknownEnded(identityOf(event), event.source);
}

/** A late payment is announced at most six times, and no query ever shows it. Source: protocol §10. */
function isShownByNotifiesOnly({ kind, data }: OutcomeEvent, { late }: New): boolean {
  return isSuccess(kind, data.state) && (late || data.successTime === undefined);
}

function mismatchOf(
  event: OutcomeEvent,
  { order, reason, differences }: Extract<Received, { result: 'mismatch' }>,
): Mismatch {
  const { mchOrderNo, appId, amount, currency } = order;
  const expected = { mchNo: event.data.mchNo, mchOrderNo, appId, amount, currency, lastState: undefined };
  return { event, reason, expected, differences };
}
