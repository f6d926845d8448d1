import type { ModulesContainer } from '@nestjs/core';
import { HandlerExplorer } from '../../../lib/outcomes/handler-explorer.js';

/** Finds the handlers of these instances, as in an application that has one module and them as its providers. */
export function explored(...providers: readonly object[]): HandlerExplorer {
  const wrappers = providers.map((instance) => ({ instance, isTransient: false, isDependencyTreeStatic: () => true }));
  const shop = { providers: new Map(wrappers.map((wrapper) => [wrapper.instance, wrapper])), controllers: new Map() };
  return new HandlerExplorer(new Map([['shop', shop]]) as unknown as ModulesContainer);
}
