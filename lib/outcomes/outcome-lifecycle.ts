import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InboxDelivery } from './inbox-delivery.js';
import { OUTCOMES_OPTIONS, type ResolvedOutcomesOptions } from './outcomes.options.js';
import { OutcomeDelivery } from './outcome-delivery.js';
import { OutcomeHandlers } from './outcome-handlers.js';
import { identityOf, type DeliveryResult, type OutcomeEvent } from './outcome.js';
import { Reconciler } from './reconciler.js';
import { unlessUnknown } from './unless-unknown.js';

const FORGETFUL =
  'Applied outcomes are kept only in the memory of this process: a restart loses them, and other processes do not see them. Set an inbox, such as RedisInbox, and return lastState from merchantOrders.find.';

/** Starts and stops background work: the queue's workers and the reconciler's sweeps. */
@Injectable()
export class OutcomeLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Pass2PayOutcome');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly delivery: OutcomeDelivery,
    private readonly handlers: OutcomeHandlers,
    private readonly reconciler: Reconciler,
    @Inject(OUTCOMES_OPTIONS) private readonly options: ResolvedOutcomesOptions,
  ) {}

  /** @throws Pass2PayConfigError when a handler has `{ after: 'commit' }` without a database. */
  async onApplicationBootstrap(): Promise<void> {
    const { inbox, outcomeQueue, reconcile } = this.options;
    const hasDatabase = !(this.delivery instanceof InboxDelivery);
    if (!hasDatabase) this.handlers.refuseAfterCommit();
    const isForgetful = !hasDatabase && inbox === undefined;
    if (isForgetful && process.env.NODE_ENV === 'production') this.logger.warn(FORGETFUL);
    // Otherwise a script that shares the database would take outcomes from the processes with handlers.
    const isSweeping = this.reconciler.isEnabled && (!hasDatabase || this.handlers.areThere);
    if (outcomeQueue !== undefined) {
      await outcomeQueue.start({
        deliver: (event) => this.deliver(event),
        sweep: isSweeping ? () => this.reconciler.sweep() : undefined,
        sweepEveryMs: reconcile.everyMs,
      });
    } else if (isSweeping) {
      this.timer = setInterval(() => {
        this.sweeping = this.sweepOnce();
      }, reconcile.everyMs);
      this.timer.unref();
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([this.reconciler.stop(), this.sweeping]);
    await this.options.outcomeQueue?.close();
  }

  private async deliver(event: OutcomeEvent): Promise<DeliveryResult> {
    const result = await this.delivery.deliver(event);
    this.reconciler.count(event, result);
    // The queue retries what throws.
    return unlessUnknown(result, identityOf(event));
  }

  private async sweepOnce(): Promise<void> {
    try {
      await this.reconciler.sweep();
    } catch (error) {
      this.logger.error(`A sweep failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
