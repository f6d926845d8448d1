/** A process from its start to its end: what it began before its death does not go on. */
export class Life {
  isDead = false;
  /** How far its clock is ahead of the others, in ms. */
  aheadMs = 0;
  /** How often a wire to a server has failed it, or kept it waiting for seconds. */
  troubles = 0;

  constructor(readonly name: string) {}
}
