import { acquire } from './acquire.js';

/** Lets one in at a time, in the order of asking. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @returns what ends the turn
   * @throws NoConnectionError when it is not this one's turn within a time, in ms.
   */
  async acquire(withinMs: number): Promise<() => void> {
    const before = this.last;
    let release!: () => void;
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.last = before.then(() => mine);
    return acquire(
      before.then(() => release),
      withinMs,
      (late) => late(),
    );
  }
}
