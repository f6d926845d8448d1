import { Inject, type Type } from '@nestjs/common';

/** The module's checked options with their defaults. */
export const RESOLVED_OPTIONS = Symbol('PASS2PAY_RESOLVED_OPTIONS');

/** The token under which a named instance of the module exports a provider; without a name, the class itself. */
export function getPass2PayToken<T>(provider: Type<T>, instance?: string): Type<T> | string {
  return instance === undefined ? provider : `Pass2Pay:${instance}:${provider.name}`;
}

/** Injects a provider of a named instance: `@InjectPass2Pay(CashierService, 'eu') private cashier: CashierService`. */
export function InjectPass2Pay<T>(provider: Type<T>, instance?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getPass2PayToken(provider, instance));
}
