import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { Fault } from '../pass2pay.errors.js';

/** Parameters that every request has and that the module fills in. Source: protocol §8. */
const FILLED_IN = new Set(['mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign']);

/** The fault of giving a parameter that the module fills in; undefined for any other. */
export function filledInFault(field: string): Fault | undefined {
  return FILLED_IN.has(field) ? { field, message: `${field} is filled in by the module; leave it out` } : undefined;
}

/** Brings input into the normal form of a parameter class and lists what is wrong with it. */
export function validateParams<T extends object>(type: new () => T, input: unknown): { params: T; faults: Fault[] } {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { params: new type(), faults: [{ field: '', message: `the body must be an object of parameters` }] };
  }
  const params = plainToInstance(type, input);
  return { params, faults: faultsOf(params) };
}

/** Lists what is wrong with an instance of a class with checked properties, properties it does not declare included. */
export function faultsOf(instance: object): Fault[] {
  return flatten(validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false }));
}

function flatten(errors: readonly ValidationError[], parent = ''): Fault[] {
  return errors.flatMap((error) => {
    const field = pathOf(parent, error.property);
    const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({
      field,
      message: constraint === 'whitelistValidation' ? unknownField(field) : `${parent && `${parent}.`}${message}`,
    }));
    return [...own, ...flatten(error.children ?? [], field)];
  });
}

function pathOf(parent: string, property: string): string {
  if (parent === '') return property;
  return /^\d+$/.test(property) ? `${parent}[${property}]` : `${parent}.${property}`;
}

function unknownField(field: string): string {
  return filledInFault(field)?.message ?? `${field} is not known here; check its spelling or leave it out`;
}
