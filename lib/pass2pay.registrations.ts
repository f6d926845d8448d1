import type { ModulesContainer } from '@nestjs/core';
import { Pass2PayConfigError } from './errors/pass2pay.errors.js';
import type { Pass2PayModuleExtras } from './pass2pay.module-definition.js';

/** The token of what a registration of the module takes besides its options. */
export const REGISTRATION = Symbol('PASS2PAY_REGISTRATION');

interface Registered extends Pass2PayModuleExtras {
  /** The modules that import the registration, for messages. */
  importedBy: string[];
}

/**
 * Two registrations under one name would handle each outcome twice, and ask the gateway about each order twice.
 *
 * @throws Pass2PayConfigError when the application has two.
 */
export function checkRegistrations(modules: ModulesContainer, { name }: Pass2PayModuleExtras): void {
  const same = registrations(modules).filter((each) => each.name === name);
  if (same.length < 2) return;
  const what = name === undefined ? 'without a name' : `as "${name}"`;
  const where = same.map(({ importedBy }) => importedBy.join(', ')).join(' and again in ');
  const message = `Pass2PayModule is registered ${same.length} times ${what}, in ${where}: each outcome would be handled as often. Call forRoot or forRootAsync once, in the root module with isGlobal: true, or in a module of its own that exports Pass2PayModule and that the others import. Where you mean several instances, give each a name`;
  throw new Pass2PayConfigError([{ field: 'name', message }], name);
}

function registrations(modules: ModulesContainer): Registered[] {
  const all = [...modules.values()];
  return all.flatMap((module) => {
    const extras = module.providers.get(REGISTRATION)?.instance as Pass2PayModuleExtras | undefined;
    if (extras === undefined) return [];
    const importing = all.filter(({ imports }) => imports.has(module)).map(({ name }) => name);
    // Nest has every module import a global one.
    return [{ ...extras, importedBy: module.isGlobal ? ['a module with isGlobal: true'] : importing }];
  });
}
