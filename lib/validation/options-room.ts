import type { ValidationIssue } from '../errors/pass2pay.errors.js';
import { ruledFields } from './rule.js';
import { issuesOf, unknownFieldIssue } from './issues.js';

/** The options of one room: a class whose properties have rules and defaults, and what these alone do not say. */
export interface OptionsRoom<Given extends object, Resolved extends object> {
  type: new () => Given;
  /** Issues that no rule of a single field finds. */
  issues?(options: Given): ValidationIssue[];
  /** The options, checked before, in their final form. */
  resolve(options: Given): Resolved;
}

/** The room's share of the options, with its issues. */
export function readRoom<Given extends object>(
  { type, issues }: Pick<OptionsRoom<Given, object>, 'type' | 'issues'>,
  given: object,
): { options: Given; issues: ValidationIssue[] } {
  const options = withKnown(type, given);
  return { options, issues: [...issuesOf(options), ...(issues?.(options) ?? [])] };
}

/**
 * What is wrong with a group of options, by the rules of a class; members that the class does not have included.
 *
 * @param path where the group is, such as `merchants[0]`
 */
export function issuesOfGroup(type: new () => object, given: object, path: string): ValidationIssue[] {
  return [...issuesOf(withKnown(type, given), path), ...unknownOptions(ruledFields(type), given, path)];
}

/** An issue for each member that is none of the known options, whatever it is named. */
export function unknownOptions(known: ReadonlySet<string>, given: object, path?: string): ValidationIssue[] {
  const unknown = Object.entries(given).filter(([name, value]) => value !== undefined && !known.has(name));
  return unknown.map(([name]) => unknownFieldIssue(path === undefined ? name : `${path}.${name}`));
}

/** An instance with those of its members that it knows: another could change what the instance is. */
function withKnown<T extends object>(type: new () => T, given: object): T {
  const known = ruledFields(type);
  const members = Object.entries(given).filter(([name, value]) => value !== undefined && known.has(name));
  return Object.assign(new type(), Object.fromEntries(members));
}
