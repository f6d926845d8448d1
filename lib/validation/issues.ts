import type { ValidationIssue } from '../errors/pass2pay.errors.js';
import { rulesOf } from './rule.js';

/** Parameters of every request that the module sets. Source: protocol §8. */
const FILLED_IN = new Set(['mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign']);

/** The issue for a parameter that the module sets; undefined for any other. */
export function filledInIssue(field: string): ValidationIssue | undefined {
  return FILLED_IN.has(field) ? { field, message: `${field} is set by the module; leave it out` } : undefined;
}

/**
 * Lists the issues of an instance of a class with rules; undeclared properties come first.
 *
 * @param path of the instance, such as `merchants[0]`
 */
export function issuesOf(instance: object, path?: string): ValidationIssue[] {
  const prefix = path === undefined ? '' : `${path}.`;
  const rules = rulesOf(instance);
  const unknown = Object.keys(instance).filter((property) => !rules.has(property));
  const broken = [...rules].flatMap(([property, rule]) => {
    const message = rule((instance as Record<string, unknown>)[property]);
    return message === undefined ? [] : [{ field: prefix + property, message: `${prefix}${property} ${message}` }];
  });
  return [...unknown.map((property) => unknownFieldIssue(prefix + property)), ...broken];
}

/** The issue for an undeclared field. */
export function unknownFieldIssue(field: string): ValidationIssue {
  return { field, message: `${field} is unknown; check its spelling or leave it out` };
}
