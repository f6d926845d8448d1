/** Sets the members that have a value; undefined ones stay unset, so that they do not appear in JSON or comparisons. */
export function assignGiven<T extends object>(target: T, members: T): T {
  for (const name of Object.keys(members) as (keyof T)[]) {
    if (members[name] !== undefined) target[name] = members[name];
  }
  return target;
}
