import type { DueWork } from './sweeper.js';

/** Work that is swept once at a time in this process. */
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

  /** Does what is due now, as far as it has not stopped. Never throws. */
  protected abstract sweepOnce(): Promise<void>;
}
