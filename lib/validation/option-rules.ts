import type { Check } from './rule.js';

/** An object that is not an array. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Only the members that are set; undefined ones get their default. Drops members that would change the object's nature.
 */
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

/** A non-empty string. */
export function filledText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? undefined : 'must be a non-empty string';
}

/** A whole number within bounds, of a unit such as `milliseconds`. */
export function wholeNumber(min: number, max: number, unit?: string): Check {
  const what = unit === undefined ? 'a whole number' : `a whole number of ${unit}`;
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : `must be ${what}, ${min} to ${max}${typeof value === 'string' ? ' (a number, not a string)' : ''}`;
}

/** An object with these methods, such as a port. */
export function objectWith(...methods: string[]): Check {
  const noun = methods.length === 1 ? 'method' : 'methods';
  return (value) => {
    const isRight = methods.every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function');
    return isRight ? undefined : `must be an object with the ${noun} ${methods.join(', ')}`;
  };
}

/** A group of options whose members are checked individually. */
export function group(example: string): Check {
  return (value) => (isObject(value) ? undefined : `must be an object, e.g. ${example}`);
}

/** An object of whole numbers, each within its bounds and each optional. */
export function numbers(bounds: Readonly<Record<string, readonly [number, number]>>): Check {
  return (value) => {
    if (!isObject(value)) return `must be an object with the members ${Object.keys(bounds).join(', ')}`;
    for (const [name, given] of Object.entries(value)) {
      if (!Object.hasOwn(bounds, name))
        return `has the unknown member ${name}; known are ${Object.keys(bounds).join(', ')}`;
      const issue = given === undefined ? undefined : wholeNumber(...bounds[name]!)(given);
      if (issue !== undefined) return `has a member ${name} that ${issue}`;
    }
    return undefined;
  };
}
