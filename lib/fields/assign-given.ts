/** Sets the members that have a value; undefined ones stay unset, so that they appear in no JSON and no comparison. */
export function assignGiven<T extends object>(target: T, members: T): T {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.assign(target, Object.fromEntries(given));
}
