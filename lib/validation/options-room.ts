import type { ValidationIssue } from '../errors/pass2pay.errors.js';
import { setMembers } from './option-rules.js';
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
  const own = ruledFields(type);
  const members = Object.entries(setMembers(given)).filter(([name]) => own.has(name));
  const options = Object.assign(new type(), Object.fromEntries(members));
  return { options, issues: [...issuesOf(options), ...(issues?.(options) ?? [])] };
}

/** An issue for each member that is none of the known options. */
export function unknownOptions(known: ReadonlySet<string>, given: object): ValidationIssue[] {
  return Object.keys(setMembers(given))
    .filter((name) => !known.has(name))
    .map(unknownFieldIssue);
}
