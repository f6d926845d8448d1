import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { HandlerExplorer } from '../outcomes/handler-explorer.js';
import { NotifyAck } from './notify-ack.interceptor.js';
import { NotifyKind } from './notify-signature.guard.js';

/** Reports, when the application has started, notify routes whose events nothing handles. */
@Injectable()
export class NotifyRouteCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger('Pass2PayNotify');

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly handlers: HandlerExplorer,
  ) {}

  onApplicationBootstrap(): void {
    for (const { metatype } of this.discovery.getControllers()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, unknown>;
      for (const method of this.scanner.getAllMethodNames(prototype)) {
        const route = prototype[method] as () => unknown;
        const kind = this.reflector.get(NotifyKind, route);
        if (kind === undefined || this.reflector.get(NotifyAck, route) === 'manual') continue;
        if (this.handlers.ofKind(kind).length > 0) continue;
        const decorator = kind === 'payment' ? '@OnPayment()' : '@OnTransfer()';
        this.logger.warn(
          `${metatype.name}.${method} receives ${kind} notifies, but no provider has a method decorated with ${decorator}: unless it handles them itself, they are acknowledged and lost.`,
        );
      }
    }
  }
}
