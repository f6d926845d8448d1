import { Inject, type Type } from '@nestjs/common';
import { MODULE_OPTIONS_TOKEN } from './pass2pay.module-definition.js';

/** The module's checked options with their defaults. */
export const RESOLVED_OPTIONS = Symbol('PASS2PAY_RESOLVED_OPTIONS');

/** The token of what a registration of the module takes besides its options. */
export const REGISTRATION = Symbol('PASS2PAY_REGISTRATION');

/** The token under which a named instance of the module exports a provider; without a name, the class itself. */
export function getPass2PayToken<T>(provider: Type<T>, instance?: string): Type<T> | string {
  return instance === undefined ? provider : `Pass2Pay:${instance}:${provider.name}`;
}

/** Injects a provider of a named instance: `@InjectPass2Pay(CashierService, 'eu') private cashier: CashierService`. */
export function InjectPass2Pay<T>(provider: Type<T>, instance?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getPass2PayToken(provider, instance));
}

/** The options that are objects of the application, and can be replaced one by one in a test. */
export type Pass2PayPort = 'merchantOrders' | 'inbox' | 'outcomeQueue' | 'merchantResolver';

/** The token of the options as the application gives them: for `overrideProvider` in a test, which replaces them all. */
export function getPass2PayOptionsToken(instance?: string): string | symbol {
  return instance === undefined ? MODULE_OPTIONS_TOKEN : `Pass2Pay:${instance}:options`;
}

/**
 * The token under which a test replaces one object among the options, and keeps the others:
 * `overrideProvider(getPass2PayPortToken('outcomeQueue')).useValue(null)`. null stands for none.
 */
export function getPass2PayPortToken(port: Pass2PayPort, instance = ''): string {
  return `Pass2Pay:${instance}:${port}`;
}
