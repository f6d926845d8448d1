import { Injectable } from '@nestjs/common';

/** Maximum number of waiting deliveries of one order in this process. */
const MAX_WAITING = 4;

/** Why a delivery got no turn: it waited too long, or too many were waiting. */
export class NoTurn extends Error {}

/**
 * Serialises the deliveries of one order in this process. Waiting deliveries use no connections, and their number is
 * limited, so that replaying a notify cannot exhaust connections or the inbox.
 */
@Injectable()
export class OrderTurns {
  /** The waiting deliveries of each order, first in first out. */
  private readonly lines = new Map<string, (() => void)[]>();

  /** Whether a delivery would be refused at once. */
  isFull(subject: string): boolean {
    return (this.lines.get(subject)?.length ?? 0) >= MAX_WAITING;
  }

  /**
   * Runs work when it is this delivery's turn.
   *
   * @param waitMs how long it may wait
   * @throws NoTurn when it gets no turn in that time, or immediately if four are waiting; also what `work` throws.
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
    const begin = this.lines.get(subject)!.shift();
    if (begin === undefined) this.lines.delete(subject);
    else begin();
  }
}
