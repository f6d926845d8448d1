import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../errors/message-of.js';
import { Pass2PayConfigError } from '../errors/pass2pay.errors.js';
import { describedOrder } from '../protocol/order-identity.js';
import { observeHandler } from '../telemetry/outcome-telemetry.js';
import { HandlerExplorer, type OutcomeHandler } from './handler-explorer.js';
import type { Mismatch } from './order-matcher.js';
import { identityOf, PaymentOutcome, TransferOutcome, type OutcomeEvent, type OutcomeFacts } from './outcome.js';

/** Runs the application's handlers of an event, one after the other. */
@Injectable()
export class OutcomeHandlers {
  private readonly logger = new Logger('Pass2PayOutcome');

  constructor(private readonly explorer: HandlerExplorer) {}

  /**
   * Hands an outcome to the handlers of its state; each may count on what the one before has done.
   *
   * @param tx their second argument: the database transaction in which they run, where there is one
   * @param only the name of those that get it; all of them where left out
   * @throws what a handler throws; those behind it do not run.
   */
  async handle(event: OutcomeEvent, facts: OutcomeFacts, tx?: unknown, only?: string): Promise<void> {
    const outcome =
      event.kind === 'payment'
        ? Object.assign(new PaymentOutcome(), event.data, facts)
        : Object.assign(new TransferOutcome(), event.data, facts);
    for (const handler of this.explorer.forState(event.kind, event.data.state)) {
      if (only === undefined || handler.name === only) await this.run(handler, [outcome, ...given(tx)], event);
    }
  }

  /** Whether the application handles outcomes. */
  get areThere(): boolean {
    return (['payment', 'transfer'] as const).some((kind) => this.explorer.ofKind(kind).length > 0);
  }

  /** The names of all handlers of outcomes. */
  get names(): readonly string[] {
    const all = (['payment', 'transfer'] as const).flatMap((kind) => this.explorer.ofKind(kind));
    return [...new Set(all.map(({ name }) => name))];
  }

  /** The names of the handlers that get an outcome, in its transaction or after the commit. */
  namesFor(event: OutcomeEvent): readonly string[] {
    const inside = this.explorer.forState(event.kind, event.data.state).map(({ name }) => name);
    return [...inside, ...this.namesAfterCommit(event)];
  }

  /** The names of the handlers that get an outcome after its transaction has committed. */
  namesAfterCommit({ kind, data }: OutcomeEvent): readonly string[] {
    return this.explorer.forState(kind, data.state, 'commit').map(({ name }) => name);
  }

  /** The names of all handlers that run after commits. */
  get allAfterCommit(): readonly string[] {
    return [...this.explorer.afterCommit.keys()];
  }

  /**
   * Hands an outcome to one handler that runs after the commit.
   *
   * @param name of `allAfterCommit`
   * @throws what the handler throws.
   */
  async handleAfterCommit(name: string, outcome: PaymentOutcome | TransferOutcome): Promise<void> {
    const handler = this.explorer.afterCommit.get(name);
    await observeHandler(name, () => handler!.handle(outcome));
  }

  /**
   * For where there is no transaction to commit: what is to run after it would be lost with the process.
   *
   * @throws Pass2PayConfigError when a handler is to run after the commit.
   */
  refuseAfterCommit(): void {
    const issues = this.allAfterCommit.map((name) => ({
      field: name,
      message: `${name} has { after: 'commit' }, which needs a database that keeps its work: give the module the option database, such as pgDatabase(pool) of nestjs-pass2pay/database/pg, or leave { after: 'commit' } out and have the handler add a job to a queue of yours`,
    }));
    if (issues.length > 0) throw new Pass2PayConfigError(issues);
  }

  /**
   * Logs a mismatch and hands it to its handlers.
   *
   * @param tx as of `handle`
   * @param otherwise what becomes of it where it has none, for the log
   * @returns whether it has one
   * @throws what a handler throws.
   */
  async tell(mismatch: Mismatch, otherwise: string, tx?: unknown): Promise<boolean> {
    const { event, differences } = mismatch;
    const handlers = this.explorer.ofKind('mismatch');
    const isTaken = handlers.length > 0;
    const what = `${describedOrder(identityOf(event))} does not match the merchant's order: ${differences.join('; ')}`;
    this.logger.error(isTaken ? what : `${what}. No handler has @OnMismatch, so ${otherwise}`);
    for (const handler of handlers) await this.run(handler, [mismatch, ...given(tx)], event);
    return isTaken;
  }

  private async run(handler: OutcomeHandler, args: unknown[], event: OutcomeEvent): Promise<void> {
    try {
      await observeHandler(handler.name, () => handler.handle(...args));
    } catch (error) {
      // Nest logs no HTTP exception, and the gateway gives up after six tries: here is the trace of it.
      this.logger.error(
        `${handler.name} failed on ${describedOrder(identityOf(event))}, state ${event.data.state}: ${messageOf(error)}`,
      );
      throw error;
    }
  }
}

/** A handler without a transaction gets one argument, not a second one that is undefined. */
function given(tx: unknown): unknown[] {
  return tx === undefined ? [] : [tx];
}
