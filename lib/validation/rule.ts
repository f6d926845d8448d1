import { ApiSchema } from '../openapi/decorators.js';
import type { Schema } from '../openapi/schema.js';

/** Says what is wrong with a value and what to send instead, to be read behind the field's name; undefined if nothing. */
export interface Check {
  (value: unknown): string | undefined;
  /** The same rule as an OpenAPI document says it, as far as it can. */
  schema?: Schema;
}

/** A check with its rule as an OpenAPI document says it. */
export function check(schema: Schema, rule: (value: unknown) => string | undefined): Check {
  return Object.assign((value: unknown) => rule(value), { schema });
}

const checks = new WeakMap<object, Map<string, Check>>();
const checksWithInherited = new WeakMap<object, ReadonlyMap<string, Check>>();

/** Gives a property a check; an issue's message is the property's name and what the check says. */
export function Rule(rule: Check): PropertyDecorator {
  return (prototype, property) => {
    checks.set(prototype, new Map([...(checks.get(prototype) ?? []), [String(property), rule]]));
    if (rule.schema !== undefined) ApiSchema(rule.schema)(prototype, property);
  };
}

/**
 * Whether an instance passes every check of its class, inherited ones included, and has no other property: the answer
 * that class-validator would give, without the tree of results that it makes: 2 µs for a cashier order, not 10.
 */
export function passesChecks(instance: object): boolean {
  const own = rulesOf(instance);
  for (const property of Object.keys(instance)) if (!own.has(property)) return false;
  for (const [property, rule] of own) {
    if (rule((instance as Record<string, unknown>)[property]) !== undefined) return false;
  }
  return own.size > 0;
}

/** Each property of the instance's class that has a check, inherited ones included. */
export function rulesOf(instance: object): ReadonlyMap<string, Check> {
  return checksOf(Object.getPrototypeOf(instance) as object);
}

/** The check of a prototype's property. */
export function ruleAt(prototype: object, property: string): Check | undefined {
  return checksOf(prototype).get(property);
}

/** The names of the class's properties that have a rule, inherited ones included. */
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

/** The check of a field that must be there. `what` says what to send. */
export function required(what: string, rule: Check): Check {
  return also(rule, (value) => (value === undefined ? `is required: ${what}` : rule(value)));
}

export function optional(rule: Check): Check {
  return also(rule, (value) => (value === undefined ? undefined : rule(value)));
}

function also({ schema }: Check, rule: (value: unknown) => string | undefined): Check {
  return schema === undefined ? rule : check(schema, rule);
}
