import { NoConnectionError } from '../sql-errors.js';

/** Lets a number of callers in at a time, in the order of asking. */
export class Semaphore {
  private readonly waiting: (() => void)[] = [];

  /** @param free how many may be in at once */
  constructor(private free: number) {}

  /**
   * @returns what lets the next one in; a second call of it does nothing
   * @throws NoConnectionError when nobody has left within a time, in ms.
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
