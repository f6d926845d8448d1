/** Decides whatever is open in a schedule, by one byte each, from the first again after the last; 0 is the ordinary way. */
export class Choices {
  /** Whether everything goes its ordinary way from now on. */
  isCalm = false;
  private used = 0;

  /** @param faultRate to how many of the 256 bytes each fault comes that is possible somewhere */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly faultRate: number,
  ) {}

  byte(): number {
    return this.isCalm ? 0 : (this.bytes[this.used++ % this.bytes.length] ?? 0);
  }

  /** One of the faults that are possible; mostly none. */
  fault<Fault>(possible: readonly Fault[]): Fault | undefined {
    const byte = this.byte();
    return byte === 0 || byte > possible.length * this.faultRate ? undefined : possible[byte % possible.length];
  }
}
