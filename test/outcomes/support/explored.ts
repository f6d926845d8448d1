import type { ModulesContainer } from '@nestjs/core';
import { HandlerExplorer } from '../../../lib/outcomes/handler-explorer.js';

/** What Nest knows of a provider. */
export interface Wrapper {
  instance?: unknown;
  metatype?: unknown;
  isTransient?: boolean;
  isRequestScoped?: boolean;
  /** Of a factory: what is injected. */
  inject?: unknown[];
  host?: { name: string };
}

/** The modules of an application, each with its providers and controllers. */
export class Application {
  private readonly modules = new Map<string, object>();
  readonly explorer = new HandlerExplorer(this.modules as unknown as ModulesContainer);

  add(providers: Wrapper[], controllers: Wrapper[] = []): this {
    this.modules.set(`module ${this.modules.size}`, { providers: keyed(providers), controllers: keyed(controllers) });
    return this;
  }
}

function keyed(wrappers: Wrapper[]) {
  const whole = wrappers.map((wrapper) =>
    Object.assign(wrapper, {
      isTransient: wrapper.isTransient ?? false,
      isDependencyTreeStatic: () => !wrapper.isRequestScoped,
    }),
  );
  return new Map(whole.map((wrapper) => [wrapper, wrapper]));
}

/** Finds the handlers of these instances, as in an application that has one module and them as its providers. */
export function explored(...providers: readonly object[]): HandlerExplorer {
  return new Application().add(providers.map((instance) => ({ instance }))).explorer;
}
