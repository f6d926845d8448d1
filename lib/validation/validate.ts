import { validateSync } from 'class-validator';
import { Pass2PayValidationError, type ValidationIssue } from '../errors/pass2pay.errors.js';
import { passesChecks } from './rule.js';
import { normalFormsOf } from './normalize.js';

/** Parameters that every request has and that the module fills in. Source: protocol §8. */
const FILLED_IN = new Set(['mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign']);

/** The issue of giving a parameter that the module fills in; undefined for any other. */
export function filledInIssue(field: string): ValidationIssue | undefined {
  return FILLED_IN.has(field) ? { field, message: `${field} is filled in by the module; leave it out` } : undefined;
}

/**
 * Brings input into the normal form of a parameter class and lists what is wrong with it. It goes through the
 * parameters by name, one level deep, since the input may come from anybody: class-transformer would follow nested
 * values without end, call what they name as `constructor`, and pass over members that an object inherits.
 */
export function validateParams<T extends object>(
  type: new () => T,
  input: unknown,
): { params: T; issues: ValidationIssue[] } {
  const params = new type();
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { params, issues: [{ field: '', message: 'the body must be an object of parameters' }] };
  }
  const normalForms = normalFormsOf(params);
  const unknown: ValidationIssue[] = [];
  for (const [field, value] of Object.entries(input)) {
    const normal = normalForms.get(field);
    if (normal === undefined) unknown.push(filledInIssue(field) ?? { field, message: unknownField(field) });
    else (params as Record<string, unknown>)[field] = normal(value);
  }
  return { params, issues: [...issuesOf(params), ...unknown] };
}

/**
 * The input in the normal form of a parameter class.
 *
 * @param more issues that the class's own rules do not find
 * @throws Pass2PayValidationError with every issue.
 */
export function validParams<T extends { mchOrderNo: string }>(
  type: new () => T,
  input: unknown,
  more: (params: T) => ValidationIssue[] = () => [],
): T {
  const { params, issues } = validateParams(type, input);
  const all = [...issues, ...more(params)];
  if (all.length === 0) return params;
  const { mchOrderNo }: { mchOrderNo?: unknown } = params;
  throw new Pass2PayValidationError(all, typeof mchOrderNo === 'string' ? { mchOrderNo } : {});
}

/**
 * Lists what is wrong with an instance of a class with checked properties, properties it does not declare included.
 *
 * @param path where the instance is, such as `merchants[0]`
 */
export function issuesOf(instance: object, path?: string): ValidationIssue[] {
  if (passesChecks(instance)) return [];
  const prefix = path === undefined ? '' : `${path}.`;
  const errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false });
  return errors.flatMap(({ property, constraints }) => {
    const field = `${prefix}${property}`;
    return Object.entries(constraints ?? {}).map(([constraint, message]) => ({
      field,
      message: constraint === 'whitelistValidation' ? unknownField(field) : `${prefix}${message}`,
    }));
  });
}

/** The issue of a field that nothing declares. */
export function unknownFieldIssue(field: string): ValidationIssue {
  return { field, message: unknownField(field) };
}

function unknownField(field: string): string {
  return `${field} is not known here; check its spelling or leave it out`;
}
