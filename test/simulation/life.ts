/** A process from its start to its end: what it began before its death does not go on. */
export class Life {
  isDead = false;
  /** How far its clock is ahead of the others, in ms. */
  aheadMs = 0;
  /** Until when it stands still, as a machine that is being moved does, in ms since 1970. */
  standsStillUntil = 0;
  /** How often a wire to a server has failed it or kept it waiting for seconds, or it stood still. */
  troubles = 0;

  constructor(readonly name: string) {}
}
