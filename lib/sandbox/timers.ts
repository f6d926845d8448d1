/** The longest wait that setTimeout can count; above it, it fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Timers that can all be stopped at once, so that nothing fires after the sandbox has stopped. */
export class Timers {
  private readonly running = new Set<NodeJS.Timeout>();
  private stopped = false;

  /** Runs `action` in `delayMs`, however long that is. Returns what cancels it. */
  after(delayMs: number, action: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    let left = delayMs;
    const arm = (): void => {
      if (this.stopped) return;
      const wait = Math.min(left, LONGEST_TIMER_MS);
      left -= wait;
      timer = setTimeout(() => {
        if (timer) this.running.delete(timer);
        if (left > 0) arm();
        else action();
      }, wait);
      this.running.add(timer);
    };
    arm();
    return () => {
      clearTimeout(timer);
      if (timer) this.running.delete(timer);
      left = 0;
    };
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.running) clearTimeout(timer);
    this.running.clear();
  }
}
