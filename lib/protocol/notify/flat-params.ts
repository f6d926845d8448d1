import type { FieldReader } from '../field-reader.js';
import { NotifyRefusal } from './notify-refusal.js';

/** A notify's parameters: all of them are text. */
export type FlatParams = Readonly<Record<string, string>>;

/** Reads verified parameters; one that is not as documented refuses the notify. */
export class NotifyFields implements FieldReader {
  constructor(private readonly params: FlatParams) {}

  /** @throws NotifyRefusal when the parameter is missing. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw new NotifyRefusal('incomplete', `${name} is missing`);
    return value;
  }

  /** Undefined where the parameter is missing or `""`. */
  optionalText(name: string): string | undefined {
    return this.params[name] || undefined;
  }

  /** @throws NotifyRefusal when the parameter is missing or no whole number. */
  integer(name: string): number {
    return this.wholeNumber(name, this.text(name));
  }

  optionalInteger(name: string): number | undefined {
    const value = this.optionalText(name);
    return value === undefined ? undefined : this.wholeNumber(name, value);
  }

  /** @throws NotifyRefusal when the state is missing or not a documented one. */
  state<T extends number>(name: string, states: readonly T[]): T {
    const state = states.find((known) => String(known) === this.params[name]);
    if (state === undefined) throw new NotifyRefusal('incomplete', `${name} is missing or not a documented one`);
    return state;
  }

  private wholeNumber(name: string, value: string): number {
    const number = Number(value);
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(number)) {
      throw new NotifyRefusal('incomplete', `${name} is no whole number`);
    }
    return number;
  }
}
