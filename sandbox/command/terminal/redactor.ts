const MASK = '***';

/** Shorter ones are no secrets of the gateway, and would make holes in every word. */
const LEAST_LENGTH = 8;

/** Takes secrets out of whatever is printed, should one ever get there: the last line of defence, not the first. */
export class Redactor {
  private readonly secrets = new Set<string>();

  /** From now on these are never printed. */
  hide(secrets: readonly string[]): void {
    for (const secret of secrets) if (secret.trim().length >= LEAST_LENGTH) this.secrets.add(secret.trim());
  }

  text(text: string): string {
    // The longest first: one secret may hold another.
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
