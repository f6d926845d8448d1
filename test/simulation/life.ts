/** A process from its start to its end: what it began before its death does not go on. */
export class Life {
  isDead = false;
  /** How far its clock is ahead of the others, in ms. */
  aheadMs = 0;
  /** Until when it stands still, as a machine that is being moved does, in ms since 1970. */
  standsStillUntil = 0;
  /** How often a wire to a server has failed it or kept it waiting for seconds, or it stood still. */
  troubles = 0;

  /**
   * @param index which of the shop's processes it is
   * @param nth how often that has been started
   */
  constructor(
    readonly index: number,
    private readonly nth = 1,
  ) {}

  get name(): string {
    const name = `P${this.index + 1}`;
    return this.nth === 1 ? name : `${name} (start ${this.nth})`;
  }

  /** The life that comes after it. */
  next(): Life {
    return new Life(this.index, this.nth + 1);
  }
}
