import { getMetadataStorage, validateSync } from 'class-validator';
import { Pass2PayValidationError, type ValidationIssue } from '../errors/pass2pay.errors.js';
import { passesChecks } from './rule.js';
import { filledInIssue, unknownFieldIssue } from './issues.js';
import { normalFormsOf, OWN_RULE } from './normalize.js';

/**
 * Normalises input for a parameter class and lists its issues. Parameters are read by name and one level deep, since
 * the input is untrusted: class-transformer would follow nested values without limit, call their `constructor` member,
 * and skip inherited members.
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
  const names = parameterNames(type);
  const unknown: ValidationIssue[] = [];
  for (const [field, value] of Object.entries(input)) {
    const normal = normalForms.get(field);
    if (!names.has(field)) unknown.push(filledInIssue(field) ?? unknownFieldIssue(field));
    else (params as Record<string, unknown>)[field] = normal === undefined ? value : normal(value);
  }
  return { params, issues: [...paramIssues(params), ...unknown] };
}

/**
 * Normalises and validates input for a parameter class.
 *
 * @param more additional issues, beyond those of the class's rules
 * @throws Pass2PayValidationError with every issue.
 */
export function validParams<T extends object>(
  type: new () => T,
  input: unknown,
  more: (params: T) => ValidationIssue[] = () => [],
): T {
  const { params, issues } = validateParams(type, input);
  const all = [...issues, ...more(params)];
  if (all.length === 0) return params;
  const { mchOrderNo } = params as { mchOrderNo?: unknown };
  throw new Pass2PayValidationError(all, typeof mchOrderNo === 'string' ? { mchOrderNo } : {});
}

/**
 * The validated parameters to send. An instance of an application's subclass is validated by the subclass, and fields
 * that only the subclass has are removed.
 *
 * @param type the class that declares the fields to send
 * @throws Pass2PayValidationError with every issue.
 */
export function paramsToSend<T extends object, Valid extends T = T>(
  type: new () => T,
  input: unknown,
  valid: (own: new () => T) => Valid = (own) => validParams(own, input) as Valid,
): Valid {
  const own = input instanceof type ? (Object.getPrototypeOf(input) as { constructor: new () => T }).constructor : type;
  const params = valid(own);
  if (own === type) return params;
  const sent = parameterNames(type);
  return Object.assign(
    new type(),
    Object.fromEntries(Object.entries(params).filter(([name]) => sent.has(name))),
  ) as Valid;
}

const names = new WeakMap<object, ReadonlySet<string>>();

/**
 * The fields of a parameter class, including those that an application's subclass declares with class-validator's
 * decorators.
 */
export function parameterNames(type: new () => object): ReadonlySet<string> {
  let known = names.get(type);
  if (known === undefined) {
    known = new Set(rulesOfClassValidator(type).map(({ propertyName }) => propertyName));
    names.set(type, known);
  }
  return known;
}

const extended = new WeakMap<object, boolean>();

/** Whether a class has rules of the application. */
function isExtended(type: Function): boolean {
  let isSo = extended.get(type);
  if (isSo === undefined) {
    isSo = rulesOfClassValidator(type).some(({ name }) => name !== OWN_RULE);
    extended.set(type, isSo);
  }
  return isSo;
}

function rulesOfClassValidator(type: Function) {
  return getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
}

/** The issues that class-validator finds: a subclass may have rules of the application. */
function paramIssues(params: object): ValidationIssue[] {
  if (!isExtended(params.constructor) && passesChecks(params)) return [];
  const errors = validateSync(params, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false });
  return errors.flatMap(({ property, constraints }) =>
    Object.entries(constraints ?? {}).map(([constraint, message]) =>
      constraint === 'whitelistValidation' ? unknownFieldIssue(property) : { field: property, message },
    ),
  );
}
