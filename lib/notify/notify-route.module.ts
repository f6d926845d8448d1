import {
  Inject,
  Logger,
  Module,
  RequestMethod,
  type MiddlewareConsumer,
  type NestModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { ServerResponse } from 'node:http';
import { Pass2PayConfigError } from '../errors/pass2pay.errors.js';
import { REGISTRATION } from '../pass2pay.tokens.js';
import { ignoresTrailingSlash, mountOnFastify, type FastifyRouter } from './fastify-route.js';
import type { RawRequest } from './notify-body.js';
import { routesOf, withoutEndSlashes, type NotifyPaths, type NotifyRoutePath } from './notify-paths.js';
import { NotifyRoute } from './notify-route.js';

/**
 * Mounts the built-in routes of a registration, so that the application's global prefix and middleware apply, but its
 * guards, pipes, interceptors and filters do not: on Express as middleware, on Fastify in its router. A separate module
 * that is never global, because Nest mounts the middleware of global modules before the application's.
 */
@Module({})
export class NotifyRouteModule implements NestModule, OnApplicationBootstrap {
  private readonly logger = new Logger('Pass2PayNotify');

  constructor(
    private readonly modules: ModulesContainer,
    private readonly host: HttpAdapterHost,
    private readonly config: ApplicationConfig,
    @Inject(REGISTRATION) private readonly registration: NotifyPaths & { name?: string },
  ) {}

  configure(consumer: MiddlewareConsumer): void {
    for (const { kind, path } of routesOf(this.registration)) {
      if (this.fastify === undefined) {
        const route = this.route();
        consumer
          .apply((request: RawRequest, response: ServerResponse) => route.receive(kind, request, response))
          .forRoutes({ path, method: RequestMethod.POST });
      }
      this.logger.log(
        `Receives ${kind} notifies at POST /${path}, after the application's global prefix if it has one`,
      );
    }
  }

  /**
   * Fastify's router is used once the application's own routes are known.
   *
   * @throws Pass2PayConfigError when the application has a route of the same path.
   */
  onApplicationBootstrap(): void {
    const { fastify } = this;
    if (fastify === undefined) return;
    const route = this.route();
    for (const { kind, extra, path } of routesOf(this.registration)) {
      const url = this.prefixed(path);
      if (fastify.hasRoute({ method: 'POST', url })) throw taken(extra, url);
      for (const each of ignoresTrailingSlash(fastify) ? [url] : [url, `${url}/`]) {
        mountOnFastify(fastify, each, (request, response, sender) => route.receive(kind, request, response, sender));
      }
    }
  }

  private get fastify(): FastifyRouter | undefined {
    const { httpAdapter } = this.host;
    return httpAdapter?.getType() === 'fastify' ? httpAdapter.getInstance<FastifyRouter>() : undefined;
  }

  /** As Nest serves the path of a controller. */
  private prefixed(path: string): string {
    const { exclude = [] } = this.config.getGlobalPrefixOptions();
    const isExcluded = exclude.some(
      ({ pathRegex, requestMethod }) =>
        (requestMethod === RequestMethod.POST || requestMethod === RequestMethod.ALL) && pathRegex.test(`/${path}`),
    );
    const prefix = withoutEndSlashes(this.config.getGlobalPrefix());
    return isExcluded || prefix === '' ? `/${path}` : `/${prefix}/${path}`;
  }

  /** The route of the instance of Pass2PayModule that imports this module. */
  private route(): NotifyRoute {
    const owner = [...this.modules.values()].find(
      ({ providers }) =>
        providers.has(NotifyRoute) &&
        (providers.get(REGISTRATION)?.instance as { name?: string } | undefined)?.name === this.registration.name,
    );
    return owner!.providers.get(NotifyRoute)!.instance as NotifyRoute;
  }
}

function taken(extra: NotifyRoutePath['extra'], url: string): Pass2PayConfigError {
  const message = `${extra} is mounted at POST ${url}, but the application has this route already; remove it, or choose another path`;
  return new Pass2PayConfigError([{ field: extra, message }]);
}
