import type { FieldReader } from '../field-reader.js';
import { readTime } from '../read-time.js';
import { NotifyRefusal } from './notify-refusal.js';

/** A notify's parameters, all of them strings. */
export type FlatParams = Readonly<Record<string, string>>;

/**
 * Reads verified parameters. If a field that identifies an order or sets its terms is missing or invalid, the notify is
 * refused. Any other such field is undefined, since the gateway adds and changes fields without notice. Source:
 * protocol §9.
 */
export class NotifyFields implements FieldReader {
  /** Few enough to be looked through. */
  private readonly read: string[] = [];

  /** @param onUnreadable called with the name of each optional field whose value cannot be read */
  constructor(
    private readonly params: FlatParams,
    private readonly onUnreadable: (name: string) => void = () => {},
  ) {}

  /** @throws NotifyRefusal when the parameter is missing. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw new NotifyRefusal('incomplete', `${name} is missing`);
    return value;
  }

  /** Undefined if the parameter is missing or `""`. */
  optionalText(name: string): string | undefined {
    this.read.push(name);
    return this.params[name] || undefined;
  }

  /** @throws NotifyRefusal when the parameter is missing or not a safe integer. */
  integer(name: string): number {
    const value = wholeNumber(this.text(name));
    if (value === undefined) throw new NotifyRefusal('incomplete', `${name} is not a whole number`);
    return value;
  }

  /** Undefined if the parameter is missing or cannot be read. */
  optionalInteger(name: string): number | undefined {
    return this.readable(name, wholeNumber);
  }

  /** In ms since 1970; undefined if the parameter is missing or cannot be read. */
  optionalTime(name: string): number | undefined {
    return this.readable(name, readTime);
  }

  /**
   * Any whole number of up to six digits: undocumented states are passed on to the merchant.
   *
   * @throws NotifyRefusal when the state is missing or not such a number.
   */
  state<T extends number>(name: string, _documented: readonly T[]): T {
    const value = this.text(name);
    if (!/^(0|[1-9]\d{0,5})$/.test(value)) throw new NotifyRefusal('incomplete', `${name} is not a state number`);
    return Number(value) as T;
  }

  /** The parameters that have not been read, except empty ones, which are not signed. */
  rest(): Record<string, string> {
    const rest: Record<string, string> = {};
    for (const name of Object.keys(this.params)) {
      const value = this.params[name]!;
      if (value !== '' && !this.read.includes(name)) rest[name] = value;
    }
    return rest;
  }

  private readable<T>(name: string, reading: (text: string) => T | undefined): T | undefined {
    const text = this.optionalText(name);
    if (text === undefined) return undefined;
    const value = reading(text);
    if (value === undefined) this.onUnreadable(name);
    return value;
  }
}

function wholeNumber(text: string): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
}
