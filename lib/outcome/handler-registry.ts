import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { OrderState } from '../order/order-state.js';
import type { PaymentOrder } from '../order/payment-order.dto.js';
import { Pass2PayConfigError } from '../pass2pay.errors.js';
import { ON_PAYMENT } from './on-payment.decorator.js';

interface PaymentHandler {
  /** Class and method, for messages. */
  name: string;
  states: readonly OrderState[];
  handle(payment: PaymentOrder): unknown;
}

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Knows the application's methods that are decorated with `@OnPayment`. */
@Injectable()
export class HandlerRegistry implements OnApplicationBootstrap {
  private handlers: PaymentHandler[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /** @throws Pass2PayConfigError when a decorated method belongs to a provider that has no single instance. */
  onApplicationBootstrap(): void {
    this.handlers = [...this.discovery.getProviders(), ...this.discovery.getControllers()].flatMap((wrapper) =>
      this.handlersOf(wrapper),
    );
  }

  /** The handlers of a state, in the order in which Nest found them. */
  paymentHandlers(state: OrderState): readonly PaymentHandler[] {
    return this.handlers.filter(({ states }) => states.length === 0 || states.includes(state));
  }

  private handlersOf(wrapper: Wrapper): PaymentHandler[] {
    const type = wrapper.metatype;
    if (typeof type !== 'function' || typeof type.prototype !== 'object' || type.prototype === null) return [];
    const prototype = type.prototype as Record<string, unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
      const states = this.reflector.get<OrderState[] | undefined>(ON_PAYMENT, prototype[method] as () => unknown);
      if (states === undefined) return [];
      const name = `${type.name}.${method}`;
      if (!wrapper.isDependencyTreeStatic()) throw withoutSingleInstance(name);
      const instance = wrapper.instance as Record<string, (payment: PaymentOrder) => unknown>;
      return [{ name, states, handle: (payment: PaymentOrder) => instance[method]!(payment) }];
    });
  }
}

function withoutSingleInstance(name: string): Pass2PayConfigError {
  const message = `${name} is decorated with @OnPayment, but its provider is made anew for each request or use, and an outcome belongs to none; move the method to a provider of default scope`;
  return new Pass2PayConfigError([{ field: name, message }]);
}
