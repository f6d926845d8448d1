import type { ValidationIssue } from '../errors/pass2pay.errors.js';
import { rulesOf } from './rule.js';

/** Parameters that every request has and that the module fills in. Source: protocol §8. */
const FILLED_IN = new Set(['mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign']);

/** The issue of giving a parameter that the module fills in; undefined for any other. */
export function filledInIssue(field: string): ValidationIssue | undefined {
  return FILLED_IN.has(field) ? { field, message: `${field} is filled in by the module; leave it out` } : undefined;
}

/**
 * Lists what is wrong with an instance of a class with rules, properties that it does not declare first.
 *
 * @param path where the instance is, such as `merchants[0]`
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

/** The issue of a field that nothing declares. */
export function unknownFieldIssue(field: string): ValidationIssue {
  return { field, message: `${field} is not known here; check its spelling or leave it out` };
}
