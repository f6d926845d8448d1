import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, HttpAdapterHost, MetadataScanner, Reflector } from '@nestjs/core';
import { HandlerExplorer } from '../outcomes/handler-explorer.js';
import { REGISTRATION, RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import { ignoresCase, ignoresTrailingSlash, type FastifyRouter } from './fastify-route.js';
import { NotifyAck } from './notify-ack.interceptor.js';
import { routesOf, withoutEndSlashes, type NotifyPaths, type NotifyRoutePath } from './notify-paths.js';
import { NotifyKind } from './notify-signature.guard.js';

/** The options with the URLs to which the gateway posts. */
interface NotifyUrls {
  notifyUrl?: string;
  transferNotifyUrl?: string;
}

/** A controller method that receives notifies. */
interface ControllerRoute {
  /** Class and method, for messages. */
  name: string;
  kind: 'payment' | 'transfer';
  ack: 'processed' | 'manual' | undefined;
  paths: string[];
}

/**
 * Warns, when the application has started, about notify routes without handlers, and about built-in routes that do not
 * match `notifyUrl` or that shadow a controller's route.
 */
@Injectable()
export class NotifyRouteCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger('Pass2PayNotify');

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly handlers: HandlerExplorer,
    private readonly host: HttpAdapterHost,
    @Inject(REGISTRATION) private readonly registration: NotifyPaths,
    @Inject(RESOLVED_OPTIONS) private readonly options: NotifyUrls,
  ) {}

  onApplicationBootstrap(): void {
    const controllerRoutes = [...this.controllerRoutes()];
    for (const route of controllerRoutes) {
      this.checkController(route);
      this.checkEndSlash(route);
    }
    for (const route of routesOf(this.registration)) this.checkBuiltIn(route, controllerRoutes);
  }

  private checkController({ name, kind, ack }: ControllerRoute): void {
    if (ack === 'manual' || this.handlers.ofKind(kind).length > 0) return;
    this.logger.warn(
      `${name} receives ${kind} notifies, but no provider has a method decorated with ${decoratorOf(kind)}. Unless the method handles them itself, they are acknowledged and lost.`,
    );
  }

  /** Nest removes the slash from a controller's path, so only the application's Fastify settings can serve it. */
  private checkEndSlash({ name, kind, paths }: ControllerRoute): void {
    const option = optionOf(kind);
    const path = this.options[option] === undefined ? '' : new URL(this.options[option]).pathname.toLowerCase();
    if (!paths.some((own) => path.endsWith(`/${own}/`.toLowerCase())) || servesEndSlashes(this.host)) return;
    this.logger.warn(
      `${option} ends in a slash, which Fastify does not match with the path of ${name}: the gateway's notifies would get 404. Remove the slash from ${option}, or pass routerOptions: { ignoreTrailingSlash: true } to FastifyAdapter.`,
    );
  }

  private checkBuiltIn({ kind, extra, path }: NotifyRoutePath, controllerRoutes: readonly ControllerRoute[]): void {
    if (this.handlers.ofKind(kind).length === 0) {
      this.logger.warn(
        `${extra} mounts a route for ${kind} notifies, but no provider has a method decorated with ${decoratorOf(kind)}. No notify is acknowledged, unless the workers of an outcomeQueue have such a method.`,
      );
    }
    const option = optionOf(kind);
    const url = this.options[option];
    const isElsewhere =
      url !== undefined && !this.matched(new URL(url).pathname.replace(/\/$/, '')).endsWith(this.matched(`/${path}`));
    if (isElsewhere) {
      this.logger.warn(
        `${option} is ${url}, which does not end in /${path}, the ${extra}. Unless a proxy rewrites the path, the gateway's notifies will not arrive there.`,
      );
    }
    for (const { name, paths } of controllerRoutes) {
      if (!paths.some((own) => this.matched(own) === this.matched(path))) continue;
      this.logger.warn(`${name} is never called, because ${extra} has the same path. Remove one of them.`);
    }
  }

  /** The path as the application's router compares it. */
  private matched(path: string): string {
    return distinguishesCase(this.host) ? path : path.toLowerCase();
  }

  private *controllerRoutes(): Generator<ControllerRoute> {
    for (const { metatype } of this.discovery.getControllers()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, unknown>;
      for (const method of this.scanner.getAllMethodNames(prototype)) {
        const route = prototype[method] as () => unknown;
        const kind = this.reflector.get(NotifyKind, route);
        if (kind === undefined) continue;
        const ack = this.reflector.get(NotifyAck, route);
        const paths = pathsOf(metatype).flatMap((base) => pathsOf(route).map((own) => joined(base, own)));
        yield { name: `${metatype.name}.${method}`, kind, ack, paths };
      }
    }
  }
}

function optionOf(kind: 'payment' | 'transfer'): 'notifyUrl' | 'transferNotifyUrl' {
  return kind === 'payment' ? 'notifyUrl' : 'transferNotifyUrl';
}

function servesEndSlashes({ httpAdapter }: HttpAdapterHost): boolean {
  return httpAdapter?.getType() !== 'fastify' || ignoresTrailingSlash(httpAdapter.getInstance<FastifyRouter>());
}

function distinguishesCase({ httpAdapter }: HttpAdapterHost): boolean {
  return httpAdapter?.getType() === 'fastify' && !ignoresCase(httpAdapter.getInstance<FastifyRouter>());
}

function decoratorOf(kind: 'payment' | 'transfer'): string {
  return kind === 'payment' ? '@OnPayment()' : '@OnTransfer()';
}

/** The paths that Nest's decorators have set on a controller or a method. */
function pathsOf(target: object): string[] {
  return [Reflect.getMetadata('path', target) as string | string[] | undefined].flat().map((path) => path ?? '');
}

function joined(base: string, own: string): string {
  return withoutEndSlashes(`${withoutEndSlashes(base)}/${withoutEndSlashes(own)}`);
}
