import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';
import { ruleAt, rulesOf } from './rule.js';

type NormalForm = (value: unknown) => unknown;

const normalForms = new WeakMap<object, Map<string, NormalForm>>();
const withInherited = new WeakMap<object, ReadonlyMap<string, NormalForm>>();

/**
 * Declares a property as a parameter and normalises it before it is checked: null and `""` count as absent (the gateway
 * drops both from the signature; source: protocol §1), anything else goes through `normal`.
 */
export function Normalize(normal: NormalForm = (value) => value): PropertyDecorator {
  const form: NormalForm = (value) => (value === null || value === '' ? undefined : normal(value));
  return (prototype, property) => {
    const key = String(property);
    normalForms.set(prototype, new Map([...(normalForms.get(prototype) ?? []), [key, form]]));
    // For an application's ValidationPipe, which may run first.
    checkByRule(prototype, key)(prototype, property);
    Transform(({ obj }: { obj: Record<string, unknown> }) => form(obj[key]), { toClassOnly: true })(prototype, key);
  };
}

/** The name of this module's rules in class-validator. */
export const OWN_RULE = 'pass2pay';

/**
 * Lets class-validator apply the property's rule, in any order of decorators. A class that PickType and the like make
 * has copies of these decorators and no rules of its own: the declaring class's count.
 */
function checkByRule(declaring: object, property: string): PropertyDecorator {
  const issueOf = (value: unknown, object: object) =>
    (rulesOf(object).get(property) ?? ruleAt(declaring, property))?.(value);
  return ValidateBy({
    name: OWN_RULE,
    validator: {
      validate: (value, args) => issueOf(value, args!.object) === undefined,
      defaultMessage: (args) => `${property} ${issueOf(args!.value, args!.object)}`,
    },
  });
}

/** The normaliser of each parameter of an instance's class, including inherited ones. */
export function normalFormsOf(instance: object): ReadonlyMap<string, NormalForm> {
  const prototype = Object.getPrototypeOf(instance) as object | null;
  if (prototype === null) return new Map();
  const known = withInherited.get(prototype);
  if (known !== undefined) return known;
  const all = new Map([...normalFormsOf(prototype), ...(normalForms.get(prototype) ?? [])]);
  withInherited.set(prototype, all);
  return all;
}
