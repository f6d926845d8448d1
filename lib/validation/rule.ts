import { ApiSchema } from '../openapi/decorators.js';
import type { Schema } from '../openapi/schema.js';

/**
 * Returns what is wrong with a value and what to send instead, phrased to follow the field's name; undefined if valid.
 */
export interface Check {
  (value: unknown): string | undefined;
  /** The same rule in an OpenAPI document, as far as it can be expressed there. */
  schema?: Schema;
}

/** The rule as a check, with its OpenAPI rule added to it. */
export function check(schema: Schema, rule: (value: unknown) => string | undefined): Check {
  return Object.assign(rule, { schema });
}

const checks = new WeakMap<object, Map<string, Check>>();
const checksWithInherited = new WeakMap<object, ReadonlyMap<string, Check>>();

/** Adds a check to a property; an issue's message is the property's name followed by the check's result. */
export function Rule(rule: Check): PropertyDecorator {
  return (prototype, property) => {
    checks.set(prototype, new Map([...(checks.get(prototype) ?? []), [String(property), rule]]));
    if (rule.schema !== undefined) ApiSchema(rule.schema)(prototype, property);
  };
}

/**
 * Whether an instance passes every check of its class, including inherited ones, and has no other property. The result
 * is the same as class-validator's, without its result tree: 2 µs for a cashier order instead of 10 µs.
 */
export function passesChecks(instance: object): boolean {
  const own = rulesOf(instance);
  for (const property of Object.keys(instance)) if (!own.has(property)) return false;
  for (const [property, rule] of own) {
    if (rule((instance as Record<string, unknown>)[property]) !== undefined) return false;
  }
  return own.size > 0;
}

/** Each property of the instance's class with a check, including inherited ones. */
export function rulesOf(instance: object): ReadonlyMap<string, Check> {
  return checksOf(Object.getPrototypeOf(instance) as object);
}

/** The check of a prototype's property. */
export function ruleAt(prototype: object, property: string): Check | undefined {
  return checksOf(prototype).get(property);
}

/** The names of the class's properties with a rule, including inherited ones. */
export function ruledFields(type: new () => object): ReadonlySet<string> {
  return new Set(checksOf(type.prototype as object).keys());
}

function checksOf(prototype: object): ReadonlyMap<string, Check> {
  const known = checksWithInherited.get(prototype);
  if (known !== undefined) return known;
  const above = Object.getPrototypeOf(prototype) as object | null;
  const all = new Map([...(above === null ? [] : checksOf(above)), ...(checks.get(prototype) ?? [])]);
  checksWithInherited.set(prototype, all);
  return all;
}

/** The check of a required field. `what` says what to send. */
export function required(what: string, rule: Check): Check {
  return also(rule, (value) => (value === undefined ? `is required: ${what}` : rule(value)));
}

export function optional(rule: Check): Check {
  return also(rule, (value) => (value === undefined ? undefined : rule(value)));
}

function also({ schema }: Check, rule: (value: unknown) => string | undefined): Check {
  return schema === undefined ? rule : check(schema, rule);
}
