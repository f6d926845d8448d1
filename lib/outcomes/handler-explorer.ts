import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { DiscoveryService, ModulesContainer } from '@nestjs/core';
import { Pass2PayConfigError, type ValidationIssue } from '../errors/pass2pay.errors.js';
import { handlersOfPrototype, undiscovered, type HandlerMetadata } from './handler.decorators.js';

/** A method of the application that handles outcomes. */
export interface OutcomeHandler {
  /** Class and method, for messages. */
  name: string;
  metadata: readonly HandlerMetadata[];
  handle(...args: unknown[]): unknown;
}

/** The length of the name's database column. */
const MAX_NAME = 200;

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A provider or controller with handlers, and its issues. */
interface Discovered {
  wrapper: Wrapper;
  prototype: object;
  handlers: OutcomeHandler[];
  issues: ValidationIssue[];
}

/**
 * Finds the application's methods decorated with `@OnPayment`, `@OnTransfer` and `@OnMismatch` through the instances of
 * all providers and controllers.
 */
@Injectable()
export class HandlerExplorer implements OnApplicationBootstrap {
  private readonly logger = new Logger('Pass2PayOutcome');
  private found: readonly OutcomeHandler[] = [];
  private foundAfterCommit: ReadonlyMap<string, OutcomeHandler> = new Map();

  /** The number of modules at the last scan; lazily loaded modules increase it. */
  private explored = 0;

  /** The number of modules at the start, when all of their instances existed. */
  private atStart = 0;

  /** Cache of the handlers by kind and state: at most a dozen entries. */
  private readonly byState = new Map<string, readonly OutcomeHandler[]>();

  constructor(private readonly modules: ModulesContainer) {}

  /** @throws Pass2PayConfigError when a decorated method belongs to a provider that has no single instance. */
  onApplicationBootstrap(): void {
    if (this.atStart > 0) return;
    this.atStart = this.modules.size;
    const prototypes = this.explore();
    for (const { name, methods } of undiscovered(prototypes)) {
      this.logger.warn(
        `${methods.map((method) => `${name}.${String(method)}`).join(', ')}: decorated as outcome handlers but never called, because ${name} is not a provider of default scope in this application. Add it to the providers of a module. If a lazily loaded module provides it, it is called once that module is loaded.`,
      );
    }
  }

  /**
   * The handlers of a state, in Nest's discovery order.
   *
   * @param after `commit`: only those that run after the commit; otherwise only the others
   */
  forState(kind: 'payment' | 'transfer', state: number, after?: 'commit'): readonly OutcomeHandler[] {
    const key = `${kind}:${state}:${after ?? ''}`;
    const { handlers } = this;
    const known = this.byState.get(key);
    if (known !== undefined) return known;
    const ofState = handlers.filter(({ metadata }) =>
      metadata.some((each) => isOfState(each, kind, state) && each.after === after),
    );
    this.byState.set(key, ofState);
    return ofState;
  }

  /** All handlers that run after the commit, by their names. */
  get afterCommit(): ReadonlyMap<string, OutcomeHandler> {
    this.exploreWhatIsNew();
    return this.foundAfterCommit;
  }

  /** All handlers of a kind. */
  ofKind(kind: HandlerMetadata['kind']): readonly OutcomeHandler[] {
    return this.handlers.filter(({ metadata }) => metadata.some((each) => each.kind === kind));
  }

  private get handlers(): readonly OutcomeHandler[] {
    this.exploreWhatIsNew();
    return this.found;
  }

  private exploreWhatIsNew(): void {
    if (this.explored !== this.modules.size) this.explore();
  }

  /** @returns the prototypes of the providers with handlers. */
  private explore(): readonly object[] {
    const modules = [...this.modules.values()];
    const wrappers = [
      ...modules.flatMap(({ providers }) => [...providers.values()]),
      ...modules.flatMap(({ controllers }) => [...controllers.values()]),
    ];
    const discovered = [...discover(wrappers)];
    const issues = [
      ...discovered.flatMap((each) => each.issues),
      ...providedTwice(discovered),
      ...withoutNameOfTheirOwn(discovered),
    ];
    if (issues.length > 0) throw new Pass2PayConfigError(issues);
    this.found = discovered.flatMap(({ handlers }) => handlers);
    this.foundAfterCommit = new Map(this.found.filter(isAfterCommit).map((handler) => [handler.name, handler]));
    this.byState.clear();
    // A module that is still loading may lack instances, so it is scanned again.
    const isComplete = !modules.slice(this.atStart).some(isBeingLoaded);
    if (isComplete) this.explored = modules.length;
    return discovered.map(({ prototype }) => prototype);
  }
}

function isAfterCommit({ metadata }: OutcomeHandler): boolean {
  return metadata.some((each) => each.kind !== 'mismatch' && each.after === 'commit');
}

function isOfState(
  metadata: HandlerMetadata,
  kind: 'payment' | 'transfer',
  state: number,
): metadata is Exclude<HandlerMetadata, { kind: 'mismatch' }> {
  if (metadata.kind !== kind) return false;
  const states: readonly number[] = metadata.states;
  return states.length === 0 || states.includes(state);
}

/** The providers with handlers, each instance once: aliases, and a value in several modules, share an instance. */
function* discover(wrappers: readonly Wrapper[]): Generator<Discovered> {
  const seen = new Set<unknown>();
  for (const wrapper of wrappers) {
    const isSingle = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
    const prototype = prototypeOf(wrapper, isSingle);
    const handlers = handlersOfPrototype(prototype);
    if (handlers.size === 0 || seen.has(wrapper.instance)) continue;
    seen.add(wrapper.instance);
    const named = [...handlers].map(([key, metadata]) => ({
      name: `${classOf(prototype)}.${String(key)}`,
      metadata,
      handle: (...args: unknown[]) =>
        (wrapper.instance as Record<typeof key, (...args: unknown[]) => unknown>)[key]!(...args),
    }));
    const issues = isSingle ? [] : named.map(({ name }) => withoutSingleInstance(name));
    yield { wrapper, prototype: prototype as object, handlers: named, issues };
  }
}

/** The prototype of the instance or, for request-scoped and transient providers, of the class. */
function prototypeOf({ instance, metatype }: Wrapper, isSingle: boolean): unknown {
  const made = instance as unknown;
  if (isSingle) return typeof made === 'object' && made !== null ? Object.getPrototypeOf(made) : undefined;
  return typeof metatype === 'function' ? (metatype as { prototype?: unknown }).prototype : undefined;
}

/** Two instances of a class would handle each outcome twice. */
function providedTwice(discovered: readonly Discovered[]): ValidationIssue[] {
  const classes = new Set(discovered.map(({ prototype }) => prototype));
  return [...classes].flatMap((prototype) => {
    const providers = discovered.filter((each) => each.prototype === prototype);
    if (providers.length < 2) return [];
    const name = classOf(prototype);
    const where = providers.map(({ wrapper }) => wrapper.host?.name ?? 'a module').join(' and ');
    const message = `${name} handles outcomes and is provided ${providers.length} times, in ${where}, so each outcome would be handled ${providers.length} times. Provide it in one module, export it there and import that module elsewhere; to provide it under another token, use useExisting`;
    return [{ field: name, message }];
  });
}

/** After-commit work is stored by the handler's name, which must identify it in other processes. */
function withoutNameOfTheirOwn(discovered: readonly Discovered[]): ValidationIssue[] {
  const handlers = discovered.flatMap((each) => each.handlers).filter(isAfterCommit);
  const names = new Set(handlers.map(({ name }) => name));
  return [...names].flatMap((name) => {
    if (name.length > MAX_NAME) {
      const message = `${name} runs after the commit, and its class and method names together have more than ${MAX_NAME} characters; shorten them`;
      return [{ field: name, message }];
    }
    const count = handlers.filter((each) => each.name === name).length;
    if (count < 2) return [];
    const message = `${name} runs after the commit, and ${count} classes have this name and method, so pending work could not be assigned to one of them. Rename one of the classes`;
    return [{ field: name, message }];
  });
}

function withoutSingleInstance(name: string): ValidationIssue {
  const message = `${name} handles outcomes, but its provider is request-scoped or transient, and outcomes do not belong to a request; move the method to a provider of default scope`;
  return { field: name, message };
}

/** Whether a factory of the module may not have returned its instance yet. */
function isBeingLoaded({ providers }: { providers: ReadonlyMap<unknown, Wrapper> }): boolean {
  return [...providers.values()].some(
    ({ inject, instance }) => Array.isArray(inject) && ((instance as unknown) ?? undefined) === undefined,
  );
}

function classOf(prototype: unknown): string {
  return (prototype as { constructor: { name: string } }).constructor.name;
}
