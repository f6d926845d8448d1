/** Reads the fields of a message; a required field that is not as documented is an error, never a guess. */
export interface FieldReader {
  /** Throws when the field is missing. */
  text(name: string): string;
  /** Undefined if the field is missing, null or `""`. */
  optionalText(name: string): string | undefined;
  /** Throws when the field is missing or not a safe integer. */
  integer(name: string): number;
  /** In ms since 1970; undefined if the field is missing or not a time that `readTime` can read. */
  optionalTime(name: string): number | undefined;
  /** A state; whether an undocumented state throws depends on the message. */
  state<T extends number>(name: string, documented: readonly T[]): T;
}
