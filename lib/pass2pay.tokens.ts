import { Inject, type Type } from '@nestjs/common';
import { MODULE_OPTIONS_TOKEN } from './pass2pay.module-definition.js';

/** The module's validated options with their defaults. */
export const RESOLVED_OPTIONS = Symbol('PASS2PAY_RESOLVED_OPTIONS');

/** The token of a registration's extras. */
export const REGISTRATION = Symbol('PASS2PAY_REGISTRATION');

/** The token under which a named instance of the module exports a provider; without a name, the class itself. */
export function getPass2PayToken<T>(provider: Type<T>, instance?: string): Type<T> | string {
  return instance === undefined ? provider : `Pass2Pay:${instance}:${provider.name}`;
}

/** Injects a provider of a named instance: `@InjectPass2Pay(CashierService, 'eu') private cashier: CashierService`. */
export function InjectPass2Pay<T>(provider: Type<T>, instance?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getPass2PayToken(provider, instance));
}

/** The application objects among the options, which a test can replace individually. */
export type Pass2PayPort = 'merchantOrders' | 'inbox' | 'outcomeQueue' | 'merchantResolver';

/** The token of the application's options, for `overrideProvider` in a test, which replaces all of them. */
export function getPass2PayOptionsToken(instance?: string): string | symbol {
  return instance === undefined ? MODULE_OPTIONS_TOKEN : `Pass2Pay:${instance}:options`;
}

/**
 * The token with which a test replaces one object of the options and keeps the others:
 * `overrideProvider(getPass2PayPortToken('outcomeQueue')).useValue(null)`. null means none.
 */
export function getPass2PayPortToken(port: Pass2PayPort, instance = ''): string {
  return `Pass2Pay:${instance}:${port}`;
}
