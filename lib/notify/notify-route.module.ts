import { Inject, Logger, Module, RequestMethod, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { ServerResponse } from 'node:http';
import { REGISTRATION } from '../pass2pay.tokens.js';
import type { RawRequest } from './notify-body.js';
import { routesOf, type NotifyPaths } from './notify-paths.js';
import { NotifyRoute } from './notify-route.js';

/**
 * Mounts the built-in routes of a registration as middleware, so that the application's global prefix and middleware
 * apply, but its guards, pipes, interceptors and filters do not. A separate module that is never global, because Nest
 * mounts the middleware of global modules before the application's.
 */
@Module({})
export class NotifyRouteModule implements NestModule {
  private readonly logger = new Logger('Pass2PayNotify');

  constructor(
    private readonly modules: ModulesContainer,
    @Inject(REGISTRATION) private readonly registration: NotifyPaths & { name?: string },
  ) {}

  configure(consumer: MiddlewareConsumer): void {
    const route = this.route();
    for (const { kind, path } of routesOf(this.registration)) {
      // Express ignores a trailing slash; Fastify treats it as another path.
      const paths = [path, `${path}/`].map((one) => ({ path: one, method: RequestMethod.POST }));
      consumer
        .apply((request: RawRequest, response: ServerResponse) => route.receive(kind, request, response))
        .forRoutes(...paths);
      this.logger.log(
        `Receives ${kind} notifies at POST /${path}, after the application's global prefix if it has one`,
      );
    }
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
