import { inspect } from 'node:util';

/** A copy that console.log, JSON.stringify and the like show as `view`, and that is the same in all else. */
export function shownAs<T extends object>(given: T, view: object): T {
  const copy = { ...given };
  // What is given under this name is to be found, and refused.
  if (!Object.hasOwn(copy, 'toJSON')) Object.defineProperty(copy, 'toJSON', { value: () => view });
  return Object.defineProperty(copy, inspect.custom, { value: () => view });
}
