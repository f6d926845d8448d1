const MASK = '***';

/** Shorter texts are not gateway secrets, and masking them would garble ordinary words. */
const LEAST_LENGTH = 8;

/** Masks secrets in all output, as a last line of defence. */
export class Redactor {
  private readonly secrets = new Set<string>();

  /** From now on, these are masked in all output. */
  hide(secrets: readonly string[]): void {
    for (const secret of secrets) if (secret.trim().length >= LEAST_LENGTH) this.secrets.add(secret.trim());
  }

  text(text: string): string {
    // Longest first, because one secret may contain another.
    const longestFirst = [...this.secrets].toSorted((a, b) => b.length - a.length);
    return longestFirst.reduce((redacted, secret) => redacted.replaceAll(secret, MASK), text);
  }

  /** The value with every text in it redacted. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [this.text(name), this.value(member)]));
  }
}
