import { ModulesContainer } from '@nestjs/core';
import type { FactoryProvider, Type } from '@nestjs/common';

/** A provider that all instances of the module in an application share. */
export function onePerApplication<T extends object>(
  type: Type<T>,
  make: (modules: ModulesContainer) => T,
): FactoryProvider<T> {
  const made = new WeakMap<ModulesContainer, T>();
  return {
    provide: type,
    inject: [ModulesContainer],
    useFactory: (modules: ModulesContainer) => {
      const known = made.get(modules) ?? make(modules);
      made.set(modules, known);
      return known;
    },
  };
}
