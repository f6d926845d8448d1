/** Reads the fields of a message; one that is not as documented is an error, never a guess. */
export interface FieldReader {
  /** Throws when the field is missing. */
  text(name: string): string;
  /** Undefined where the field is missing, null or `""`. */
  optionalText(name: string): string | undefined;
  /** Throws when the field is missing or no integer that a number holds exactly. */
  integer(name: string): number;
  optionalInteger(name: string): number | undefined;
  /** One of an enum's numbers; throws for any other. */
  state<T extends number>(name: string, states: readonly T[]): T;
}
