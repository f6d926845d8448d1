import { NoConnectionError } from '../sql-errors.js';

/** Admits a number of callers at a time, first in first out. */
export class Semaphore {
  private readonly waiting: (() => void)[] = [];

  /** @param free maximum number of concurrent callers */
  constructor(private free: number) {}

  /**
   * @returns a function that admits the next caller; calling it twice has no effect
   * @throws NoConnectionError when there is no free place within the timeout, in ms.
   */
  async acquire(withinMs: number): Promise<() => void> {
    if (this.free > 0) this.free--;
    else await this.turn(withinMs);
    let isIn = true;
    return () => {
      if (isIn) this.leave();
      isIn = false;
    };
  }

  private async turn(withinMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(new NoConnectionError(withinMs));
      }, withinMs);
      this.waiting.push(enter);
    });
  }

  private leave(): void {
    const enter = this.waiting.shift();
    if (enter === undefined) this.free++;
    else enter();
  }
}
