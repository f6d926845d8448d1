import { inspect } from 'node:util';

/** A copy that console.log, JSON.stringify and similar show as `view`, but is otherwise identical. */
export function shownAs<T extends object>(given: T, view: object): T {
  const copy = { ...given };
  // A member with this name must be found and refused.
  if (!Object.hasOwn(copy, 'toJSON')) Object.defineProperty(copy, 'toJSON', { value: () => view });
  return Object.defineProperty(copy, inspect.custom, { value: () => view });
}
