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
   * Passes an outcome to the handlers of its state, one after the other.
   *
   * @param tx their second argument: the database transaction in which they run, if any
   * @param only the names of the handlers that get it; all by default
   * @throws what a handler throws; later handlers do not run.
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

  /** Whether the application has handlers of outcomes. */
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
   * Passes an outcome to one after-commit handler.
   *
   * @param name of `allAfterCommit`
   * @throws what the handler throws.
   */
  async handleAfterCommit(name: string, outcome: PaymentOutcome | TransferOutcome): Promise<void> {
    const handler = this.explorer.afterCommit.get(name);
    await observeHandler(name, () => handler!.handle(outcome));
  }

  /**
   * For set-ups without a transaction, where after-commit work would be lost with the process.
   *
   * @throws Pass2PayConfigError when a handler has `{ after: 'commit' }`.
   */
  refuseAfterCommit(): void {
    const issues = this.allAfterCommit.map((name) => ({
      field: name,
      message: `${name} has { after: 'commit' }, which requires a database: set the option database, e.g. pgDatabase(pool) of nestjs-pass2pay/database/pg, or remove { after: 'commit' } and let the handler add a job to your own queue`,
    }));
    if (issues.length > 0) throw new Pass2PayConfigError(issues);
  }

  /**
   * Logs a mismatch and passes it to its handlers.
   *
   * @param tx as of `handle`
   * @param otherwise what happens to it without a handler, for the log
   * @returns whether it has one
   * @throws what a handler throws.
   */
  async tell(mismatch: Mismatch, otherwise: string, tx?: unknown): Promise<boolean> {
    const { event, differences } = mismatch;
    const handlers = this.explorer.ofKind('mismatch');
    const isTaken = handlers.length > 0;
    const what = `${describedOrder(identityOf(event))} does not match the merchant's order: ${differences.join('; ')}`;
    this.logger.error(isTaken ? what : `${what}. There is no @OnMismatch handler, so ${otherwise}`);
    for (const handler of handlers) await this.run(handler, [mismatch, ...given(tx)], event);
    return isTaken;
  }

  private async run(handler: OutcomeHandler, args: unknown[], event: OutcomeEvent): Promise<void> {
    try {
      await observeHandler(handler.name, () => handler.handle(...args));
    } catch (error) {
      // Logged here because Nest does not log HTTP exceptions, and the gateway gives up after six attempts.
      this.logger.error(
        `${handler.name} failed for ${describedOrder(identityOf(event))}, state ${event.data.state}: ${messageOf(error)}`,
      );
      throw error;
    }
  }
}

/** Without a transaction, a handler gets one argument, not a second undefined one. */
function given(tx: unknown): unknown[] {
  return tx === undefined ? [] : [tx];
}
