import type { Check } from './rule.js';

/** An object that is no array. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Only the members that are set: an undefined one takes its default. Never those that would make it something else. */
export function setMembers<T extends object>(members: T | undefined): Partial<T> {
  const kept = Object.entries(members ?? {}).filter(
    ([name, value]) => value !== undefined && !/^(__proto__|constructor|toJSON)$/.test(name),
  );
  return Object.fromEntries(kept) as Partial<T>;
}

/** True or false. */
export function flag(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false (a boolean, not a string)';
}

/** A string that is not empty. */
export function filledText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? undefined : 'must be a non-empty string';
}

/** A whole number within its bounds, of a unit such as `milliseconds`. */
export function wholeNumber(min: number, max: number, unit?: string): Check {
  const what = unit === undefined ? 'a whole number' : `a whole number of ${unit}`;
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : `must be ${what}, ${min} to ${max}${typeof value === 'string' ? ' (a number, not a string)' : ''}`;
}

/** An object, such as a port, that has these methods. */
export function objectWith(...methods: string[]): Check {
  return (value) => {
    const isRight = methods.every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function');
    return isRight ? undefined : `must be an object with the methods ${methods.join(', ')}`;
  };
}

/** A group of options whose members are checked one by one. */
export function group(example: string): Check {
  return (value) => (isObject(value) ? undefined : `must be an object, e.g. ${example}`);
}

/** An object of whole numbers, each within its bounds and each optional. */
export function numbers(bounds: Readonly<Record<string, readonly [number, number]>>): Check {
  return (value) => {
    if (!isObject(value)) return `must be an object of ${Object.keys(bounds).join(', ')}`;
    for (const [name, given] of Object.entries(value)) {
      if (!Object.hasOwn(bounds, name)) return `names ${name}; it can name ${Object.keys(bounds).join(', ')}`;
      const issue = given === undefined ? undefined : wholeNumber(...bounds[name]!)(given);
      if (issue !== undefined) return `gives ${name} a value that ${issue}`;
    }
    return undefined;
  };
}
