import type { ValidationIssue } from '../errors/pass2pay.errors.js';
import { ruledFields } from './rule.js';
import { issuesOf, unknownFieldIssue } from './issues.js';

/** The options of one room: a class whose properties have rules and defaults, plus checks that span several options. */
export interface OptionsRoom<Given extends object, Resolved extends object> {
  type: new () => Given;
  /** Issues that involve more than one field. */
  issues?(options: Given): ValidationIssue[];
  /** The final form of the validated options. */
  resolve(options: Given): Resolved;
}

/** The room's options, with their issues. */
export function readRoom<Given extends object>(
  { type, issues }: Pick<OptionsRoom<Given, object>, 'type' | 'issues'>,
  given: object,
): { options: Given; issues: ValidationIssue[] } {
  const options = withKnown(type, given);
  return { options, issues: [...issuesOf(options), ...(issues?.(options) ?? [])] };
}

/**
 * The issues of a group of options by the rules of a class, including unknown members.
 *
 * @param path of the group, such as `merchants[0]`
 */
export function issuesOfGroup(type: new () => object, given: object, path: string): ValidationIssue[] {
  return [...issuesOf(withKnown(type, given), path), ...unknownOptions(ruledFields(type), given, path)];
}

/** An issue for each member that is not a known option. */
export function unknownOptions(known: ReadonlySet<string>, given: object, path?: string): ValidationIssue[] {
  const unknown = Object.entries(given).filter(([name, value]) => value !== undefined && !known.has(name));
  return unknown.map(([name]) => unknownFieldIssue(path === undefined ? name : `${path}.${name}`));
}

/** An instance with the known members only; unknown ones could change the object's nature. */
function withKnown<T extends object>(type: new () => T, given: object): T {
  const known = ruledFields(type);
  const members = Object.entries(given).filter(([name, value]) => value !== undefined && known.has(name));
  return Object.assign(new type(), Object.fromEntries(members));
}
