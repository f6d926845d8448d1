import 'reflect-metadata';
import { ModulesContainer } from '@nestjs/core';
import type { DynamicModule, Provider, Type } from '@nestjs/common';
import { REGISTRATION, RESOLVED_OPTIONS } from '../../lib/pass2pay.tokens.js';

type Given = ReadonlyMap<unknown, unknown>;

/** Makes the providers of a module as Nest does, without an application for each; all are singletons, and none waits. */
export class Wiring {
  private readonly providers: ReadonlyMap<unknown, Provider>;
  private readonly made: Map<unknown, unknown>;

  /** @param given what stands in the place of providers, or comes from other modules */
  constructor(module: DynamicModule, given: Given) {
    this.providers = new Map(module.providers?.map((provider) => [tokenOf(provider), provider]));
    this.made = new Map(given);
  }

  get<T>(type: Type<T>): T {
    return this.resolve(type) as T;
  }

  private resolve(token: unknown): unknown {
    if (this.made.has(token)) return this.made.get(token);
    const provider = this.providers.get(token);
    if (provider === undefined) throw new Error(`nothing provides ${String(token)}`);
    const made = this.make(provider);
    this.made.set(token, made);
    return made;
  }

  private make(provider: Provider): unknown {
    if (typeof provider === 'function') return this.construct(provider);
    if ('useValue' in provider) return provider.useValue as unknown;
    if ('useExisting' in provider) return this.resolve(provider.useExisting);
    if ('useClass' in provider) return this.construct(provider.useClass);
    return provider.useFactory(...(provider.inject ?? []).map((token) => this.resolve(token))) as unknown;
  }

  private construct(type: Type): unknown {
    const types = (Reflect.getMetadata('design:paramtypes', type) ?? []) as unknown[];
    const named = (Reflect.getMetadata('self:paramtypes', type) ?? []) as { index: number; param: unknown }[];
    const tokens = types.map((each, index) => named.find((own) => own.index === index)?.param ?? each);
    return new type(...tokens.map((token) => this.resolve(token)));
  }
}

/** The modules of an application that has one provider with handlers, as far as the module looks at them. */
export function modulesWith(handlers: object): ModulesContainer {
  const wrapped = (instance: object) => ({ instance, isTransient: false, isDependencyTreeStatic: () => true });
  const providers = new Map<unknown, unknown>([
    [RESOLVED_OPTIONS, wrapped({})],
    [REGISTRATION, wrapped({})],
    [handlers.constructor, wrapped(handlers)],
  ]);
  const module = { name: 'Shop', isGlobal: false, imports: new Set(), providers, controllers: new Map() };
  return new Map([['shop', module]]) as unknown as ModulesContainer;
}

function tokenOf(provider: Provider): unknown {
  return typeof provider === 'function' ? provider : provider.provide;
}
