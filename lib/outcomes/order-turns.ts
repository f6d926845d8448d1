import { Injectable } from '@nestjs/common';

/** How many deliveries of one order may wait in this process while another one is handled. */
const MAX_WAITING = 4;

/** Why a delivery got no turn: the order is handled for too long, or too many wait already. */
export class NoTurn extends Error {}

/**
 * Lets the deliveries of one order go one after the other in this process. Those that wait ask nobody meanwhile, and they are
 * few: whoever repeats a notify while it is handled must not tie up connections, or the inbox.
 */
@Injectable()
export class OrderTurns {
  /** Those that wait for each order that has its turn, the first first. */
  private readonly lines = new Map<string, (() => void)[]>();

  /** Whether a delivery would be refused at once. */
  isFull(subject: string): boolean {
    return (this.lines.get(subject)?.length ?? 0) >= MAX_WAITING;
  }

  /**
   * Does work when it is this delivery's turn.
   *
   * @param waitMs how long it may wait
   * @throws NoTurn where it gets no turn in that time, or at once where four wait already; what `work` throws.
   */
  async run<T>(subject: string, waitMs: number, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(subject);
    if (line === undefined) this.lines.set(subject, []);
    else await this.turn(line, waitMs);
    try {
      return await work();
    } finally {
      this.next(subject);
    }
  }

  private async turn(line: (() => void)[], waitMs: number): Promise<void> {
    if (line.length >= MAX_WAITING) throw new NoTurn();
    await new Promise<void>((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(begin), 1);
        reject(new NoTurn());
      }, waitMs);
      line.push(begin);
    });
  }

  private next(subject: string): void {
    const begin = this.lines.get(subject)?.shift();
    if (begin === undefined) this.lines.delete(subject);
    else begin();
  }
}
