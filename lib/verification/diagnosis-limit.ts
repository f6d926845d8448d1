/** Allows one diagnosis per interval, because each costs far more than the forged notify that triggers it. */
export class DiagnosisLimit {
  private nextAt = 0;

  constructor(private readonly intervalMs = 1_000) {}

  /** Whether a diagnosis is allowed now. */
  take(now = Date.now()): boolean {
    if (now < this.nextAt) return false;
    this.nextAt = now + this.intervalMs;
    return true;
  }
}
