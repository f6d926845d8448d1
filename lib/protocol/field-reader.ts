/** Reads the fields of a message; a required one that is not as documented is an error, never a guess. */
export interface FieldReader {
  /** Throws when the field is missing. */
  text(name: string): string;
  /** Undefined where the field is missing, null or `""`. */
  optionalText(name: string): string | undefined;
  /** Throws when the field is missing or no integer that a number holds exactly. */
  integer(name: string): number;
  /** In ms since 1970; undefined where the field is missing or no time that `readTime` reads. */
  optionalTime(name: string): number | undefined;
  /** A state; whether one that is not among the documented ones throws depends on the message. */
  state<T extends number>(name: string, documented: readonly T[]): T;
}
