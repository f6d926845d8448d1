import type { ModulesContainer } from '@nestjs/core';
import { Pass2PayConfigError, type ValidationIssue } from './errors/pass2pay.errors.js';
import { isPlainPath, routesOf } from './notify/notify-paths.js';
import type { Pass2PayModuleExtras } from './pass2pay.module-definition.js';
import { REGISTRATION, RESOLVED_OPTIONS } from './pass2pay.tokens.js';

interface Registered extends Pass2PayModuleExtras {
  /** The modules that import the registration, for messages. */
  importedBy: string[];
}

/**
 * Validates the extras of all registrations of an application when one of them starts.
 *
 * @param instance the name of that one
 * @throws Pass2PayConfigError when two have the same name or path, or when a path is invalid.
 */
export function checkRegistrations(modules: ModulesContainer, instance: string | undefined): void {
  const all = registrations(modules);
  const same = all.filter(({ name }) => name === instance);
  const issues = same.length > 1 ? [registeredTwice(same, instance)] : pathIssues(same[0]!, all);
  if (issues.length > 0) throw new Pass2PayConfigError(issues, instance);
}

/** They would handle each outcome twice, and query each order twice. */
function registeredTwice(same: readonly Registered[], name: string | undefined): ValidationIssue {
  const what = name === undefined ? 'without a name' : `as "${name}"`;
  const where = same.map(({ importedBy }) => importedBy.join(', ')).join(' and again in ');
  const message = `Pass2PayModule is registered ${same.length} times ${what}, in ${where}, so each outcome would be handled ${same.length} times. Call forRoot or forRootAsync once: in the root module with isGlobal: true, or in a module that exports Pass2PayModule and that the others import. For several instances, give each a name`;
  return { field: 'name', message };
}

function pathIssues(registered: Registered, all: readonly Registered[]): ValidationIssue[] {
  const taken = all.flatMap((each) => routesOf(each));
  return routesOf(registered).flatMap(({ extra, path }) => {
    if (!isPlainPath(path)) {
      const message = `${extra} must be a path such as pay/notify, without host, parameters and wildcards; pass it beside the options, not from a factory`;
      return [{ field: extra, message }];
    }
    // Express ignores case.
    if (taken.filter((other) => other.path.toLowerCase() === path.toLowerCase()).length < 2) return [];
    return [
      {
        field: extra,
        message: `${extra} is ${path}, which is used twice; give each kind and each instance its own path`,
      },
    ];
  });
}

function registrations(modules: ModulesContainer): Registered[] {
  const all = [...modules.values()];
  return all.flatMap((module) => {
    if (!module.providers.has(RESOLVED_OPTIONS)) return [];
    const extras = module.providers.get(REGISTRATION)!.instance as Pass2PayModuleExtras;
    const importing = all.filter(({ imports }) => imports.has(module)).map(({ name }) => name);
    // In Nest, every module imports a global one.
    return [{ ...extras, importedBy: module.isGlobal ? ['a module with isGlobal: true'] : importing }];
  });
}
