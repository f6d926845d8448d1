import type { DueWork } from './sweeper.js';

/** A sweep that runs at most once at a time in this process. */
export abstract class SingleSweep implements DueWork {
  protected hasStopped = false;
  private sweeping: Promise<void> | undefined;

  async sweep(): Promise<void> {
    this.sweeping ??= this.sweepOnce().finally(() => {
      this.sweeping = undefined;
    });
    return this.sweeping;
  }

  async stop(): Promise<void> {
    this.hasStopped = true;
    await this.sweeping;
  }

  /** Does the work that is due now, unless stopped. Never throws. */
  protected abstract sweepOnce(): Promise<void>;
}
