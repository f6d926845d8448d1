import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { Pass2PayConfigError } from '../errors/pass2pay.errors.js';
import { HANDLER_METADATA, type HandlerMetadata } from './handler.decorators.js';

/** An application's method that handles outcomes. */
export interface OutcomeHandler {
  /** Class and method, for messages. */
  name: string;
  metadata: HandlerMetadata;
  handle(argument: unknown): unknown;
}

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Knows the application's methods that are decorated with `@OnPayment`, `@OnTransfer` and `@OnMismatch`. */
@Injectable()
export class HandlerExplorer implements OnApplicationBootstrap {
  private found: OutcomeHandler[] | undefined;

  /** The handlers of each kind and state that was asked for: there are a dozen at the most. */
  private readonly byState = new Map<string, readonly OutcomeHandler[]>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /** @throws Pass2PayConfigError when a decorated method belongs to a provider that has no single instance. */
  onApplicationBootstrap(): void {
    this.found = this.handlers;
  }

  private get handlers(): OutcomeHandler[] {
    this.found ??= [...this.discovery.getProviders(), ...this.discovery.getControllers()].flatMap((wrapper) =>
      this.handlersOf(wrapper),
    );
    return this.found;
  }

  /** The handlers of a state, in the order in which Nest found them. */
  forState(kind: 'payment' | 'transfer', state: number): readonly OutcomeHandler[] {
    const key = `${kind}:${state}`;
    const known = this.byState.get(key);
    if (known !== undefined) return known;
    const handlers = this.handlers.filter(
      ({ metadata }) =>
        metadata.kind === kind &&
        (metadata.states.length === 0 || (metadata.states as readonly number[]).includes(state)),
    );
    this.byState.set(key, handlers);
    return handlers;
  }

  /** All handlers of a kind. */
  ofKind(kind: HandlerMetadata['kind']): readonly OutcomeHandler[] {
    return this.handlers.filter(({ metadata }) => metadata.kind === kind);
  }

  private handlersOf(wrapper: Wrapper): OutcomeHandler[] {
    const type = wrapper.metatype;
    if (typeof type !== 'function' || typeof type.prototype !== 'object' || type.prototype === null) return [];
    const prototype = type.prototype as Record<string, unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
      const metadata = this.reflector.get<HandlerMetadata | undefined>(
        HANDLER_METADATA,
        prototype[method] as () => unknown,
      );
      if (metadata === undefined) return [];
      const name = `${type.name}.${method}`;
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) throw withoutSingleInstance(name);
      const instance = wrapper.instance as Record<string, (argument: unknown) => unknown>;
      return [{ name, metadata, handle: (argument: unknown) => instance[method]!(argument) }];
    });
  }
}

function withoutSingleInstance(name: string): Pass2PayConfigError {
  const message = `${name} handles outcomes, but its provider is made anew for each request or use, and an outcome belongs to none; move the method to a provider of default scope`;
  return new Pass2PayConfigError([{ field: name, message }]);
}
