import { ValidateBy } from 'class-validator';

/** Says what is wrong with a value and what to send instead, to be read behind the field's name; undefined if nothing. */
export type Check = (value: unknown) => string | undefined;

/** Validates a property with one check; the fault's message is the property's name and what the check says. */
export function Checked(check: Check): PropertyDecorator {
  return ValidateBy({
    name: 'pass2pay',
    validator: {
      validate: (value) => check(value) === undefined,
      defaultMessage: (args) => `${args?.property} ${check(args?.value)}`,
    },
  });
}

/** The check of a field that must be there. `what` says what to send. */
export function required(what: string, check: Check): Check {
  return (value) => (value === undefined ? `is required: ${what}` : check(value));
}

export function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}
