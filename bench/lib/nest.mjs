import { fromRoot, Pass2PayModule } from './module.mjs';

export const { Module, Controller, Post, Injectable } = fromRoot('@nestjs/common');
export const { NestFactory } = fromRoot('@nestjs/core');

/** Applies decorators as TypeScript does, because the benchmarks run without a build. */
export function decorated(decorators, type) {
  for (const decorate of decorators) decorate(type);
  return type;
}

export function decoratedMethod(type, name, decorators, paramTypes = []) {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
  Reflect.defineMetadata('design:paramtypes', paramTypes, type.prototype, name);
  for (const decorate of decorators) decorate(type.prototype, name, descriptor);
  Object.defineProperty(type.prototype, name, descriptor);
}

export function injecting(type, ...dependencies) {
  Reflect.defineMetadata('design:paramtypes', dependencies, type);
  return type;
}

/** The module in an application without a server. */
export async function startModule(options, providers = []) {
  const App = decorated([Module({ imports: [Pass2PayModule.forRoot(options)], providers })], class {});
  return NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
}
