/** Lets one diagnosis through per interval: each costs far more than the forged notify that asks for it. */
export class DiagnosisLimit {
  private nextAt = 0;

  constructor(private readonly intervalMs = 1_000) {}

  /** Whether a diagnosis may be made now. */
  take(now = Date.now()): boolean {
    if (now < this.nextAt) return false;
    this.nextAt = now + this.intervalMs;
    return true;
  }
}
