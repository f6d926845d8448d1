/** Limits the number of concurrent tasks; the others wait in a queue. */
export class Lanes {
  private readonly waiting: (() => void)[] = [];
  private free: number;

  constructor(lanes: number) {
    this.free = lanes;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Passes the lane to the next waiting task, or frees it.
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
