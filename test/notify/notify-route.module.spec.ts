import 'reflect-metadata';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { RequestMethod, type MiddlewareConsumer } from '@nestjs/common';
import { ApplicationConfig, type HttpAdapterHost, type ModulesContainer } from '@nestjs/core';
import type { FastifyRouter } from '../../lib/notify/fastify-route.js';
import type { NotifyPaths } from '../../lib/notify/notify-paths.js';
import { NotifyRoute } from '../../lib/notify/notify-route.js';
import { NotifyRouteModule } from '../../lib/notify/notify-route.module.js';
import { REGISTRATION } from '../../lib/pass2pay.tokens.js';
import { lines, recordLines } from '../support/log-lines.js';

type Registration = NotifyPaths & { name?: string };
type FastifyOptions = Parameters<FastifyRouter['route']>[0];

/** What the routes of each instance of the module received. */
let received: [string, ...unknown[]][];
let mounted: FastifyOptions[];
let middleware: { apply: (...args: unknown[]) => void; route: unknown }[];

const consumer = {
  apply: (apply: (...args: unknown[]) => void) => ({
    forRoutes: (route: unknown) => void middleware.push({ apply, route }),
  }),
} as unknown as MiddlewareConsumer;

const routeOf = (name: string) => ({ receive: (...given: unknown[]) => void received.push([name, ...given]) });

/** The application's own module, the default instance and the instance `eu`, each with the module of its routes. */
function modulesOf(): ModulesContainer {
  const registered = (name: string | undefined) => [REGISTRATION, { instance: { name } }] as const;
  const modules = [
    [],
    [registered('eu')],
    [[NotifyRoute, { instance: routeOf('eu') }] as const, registered('eu')],
    [registered(undefined)],
    [[NotifyRoute, { instance: routeOf('default') }] as const, registered(undefined)],
  ];
  return new Map(
    modules.map((providers, index) => [`module ${index}`, { providers: new Map<unknown, object>(providers) }]),
  ) as unknown as ModulesContainer;
}

function hostOf(type: string, taken: string[] = [], ignoreTrailingSlash = false): HttpAdapterHost {
  const router: FastifyRouter = {
    initialConfig: { ignoreTrailingSlash },
    hasRoute: ({ method, url }) => method === 'POST' && taken.includes(url),
    route: (options) => mounted.push(options),
  };
  return { httpAdapter: { getType: () => type, getInstance: () => router } } as unknown as HttpAdapterHost;
}

const moduleOf = (registration: Registration, host: HttpAdapterHost, config = new ApplicationConfig()) =>
  new NotifyRouteModule(modulesOf(), host, config, registration);

beforeEach(() => {
  recordLines();
  received = [];
  mounted = [];
  middleware = [];
});

const BOTH = { notifyPath: '/pay/notify', transferNotifyPath: 'pay/transfers/' };

it.each(['express', 'fastify'])('the log of an application on %s names the built-in routes', (platform) => {
  moduleOf(BOTH, hostOf(platform)).configure(consumer);
  expect(lines).toStrictEqual([
    "log Pass2PayNotify: Receives payment notifies at POST /pay/notify, after the application's global prefix if it has one",
    "log Pass2PayNotify: Receives transfer notifies at POST /pay/transfers, after the application's global prefix if it has one",
  ]);
});

describe('on Express', () => {
  it('each built-in route is middleware for POST requests to its path', () => {
    moduleOf(BOTH, hostOf('express')).configure(consumer);
    expect(middleware.map(({ route }) => route)).toStrictEqual([
      { path: 'pay/notify', method: RequestMethod.POST },
      { path: 'pay/transfers', method: RequestMethod.POST },
    ]);
    const [request, response] = [{}, {}];
    for (const { apply } of middleware) apply(request, response, () => {});
    expect(received).toStrictEqual([
      ['default', 'payment', request, response],
      ['default', 'transfer', request, response],
    ]);
    expect(received[0]![2]).toBe(request);
    expect(received[0]![3]).toBe(response);
  });

  it('a named instance receives its own notifies', () => {
    moduleOf({ notifyPath: 'eu/notify', name: 'eu' }, hostOf('express')).configure(consumer);
    middleware[0]!.apply({}, {});
    expect(received).toStrictEqual([['eu', 'payment', {}, {}]]);
  });

  it('nothing is mounted in a router', () => {
    moduleOf(BOTH, hostOf('express')).onApplicationBootstrap();
    expect(mounted).toStrictEqual([]);
  });
});

it('an application without a server mounts nothing', () => {
  const module = moduleOf(BOTH, {} as HttpAdapterHost);
  expect(() => module.onApplicationBootstrap()).not.toThrow();
  expect(mounted).toStrictEqual([]);
});

describe('on Fastify', () => {
  const mount = (registration: Registration, host = hostOf('fastify'), config?: ApplicationConfig) => {
    const module = moduleOf(registration, host, config);
    module.configure(consumer);
    module.onApplicationBootstrap();
    return mounted.map(({ url }) => url);
  };

  it('each built-in route is in the router, also with an end slash, and is no middleware', () => {
    expect(mount(BOTH)).toStrictEqual(['/pay/notify', '/pay/notify/', '/pay/transfers', '/pay/transfers/']);
    expect(mounted.every(({ method }) => method === 'POST')).toBe(true);
    expect(middleware).toStrictEqual([]);
  });

  it('a route is mounted once if Fastify ignores end slashes', () => {
    expect(mount({ notifyPath: 'pay/notify' }, hostOf('fastify', [], true))).toStrictEqual(['/pay/notify']);
  });

  it('nothing is mounted before the application’s own routes are known', () => {
    moduleOf(BOTH, hostOf('fastify')).configure(consumer);
    expect(mounted).toStrictEqual([]);
  });

  it.each([
    ['default', undefined],
    ['eu', 'eu'],
  ])('the instance %s gets the request, the response and the sender', (instance, name) => {
    mount({ ...BOTH, ...(name !== undefined && { name }) });
    const [raw, response] = [{}, {}];
    const request = { raw, ip: '203.0.113.7' };
    mounted[2]!.onRequest(request as never, { raw: response, hijack: () => {} } as never);
    expect(received).toStrictEqual([[instance, 'transfer', raw, response, request]]);
    expect(received[0]![4]).toBe(request);
  });

  it.each([
    ['notifyPath', '/pay/notify'],
    ['transferNotifyPath', '/pay/transfers'],
  ])('the start fails if the application has a route at %s', (field, url) => {
    const registration = { [field]: url };
    expect(() => mount(registration, hostOf('fastify', [url]))).toThrow(
      expect.objectContaining({
        code: 'PASS2PAY_CONFIG',
        issues: [
          {
            field,
            message: `${field} is mounted at POST ${url}, but the application has this route already; remove it, or choose another path`,
          },
        ],
      }),
    );
    expect(mounted).toStrictEqual([]);
  });

  describe('with a global prefix', () => {
    const prefixed = (exclude?: { path: RegExp; method: RequestMethod }) => {
      const config = new ApplicationConfig();
      config.setGlobalPrefix('/api/');
      if (exclude !== undefined) {
        const route = { path: '', pathRegex: exclude.path, requestMethod: exclude.method };
        config.setGlobalPrefixOptions({ exclude: [{ ...route, pathRegex: /^\/other$/ }, route] });
      }
      return mount({ notifyPath: 'pay/notify' }, hostOf('fastify', [], true), config);
    };

    it('a route has it', () => {
      expect(prefixed()).toStrictEqual(['/api/pay/notify']);
    });

    it('the application’s own route is looked for with it', () => {
      const config = new ApplicationConfig();
      config.setGlobalPrefix('api');
      expect(() => mount({ notifyPath: 'pay/notify' }, hostOf('fastify', ['/api/pay/notify']), config)).toThrow(
        'notifyPath is mounted at POST /api/pay/notify',
      );
    });

    it.each([
      ['POST requests to its path are', RequestMethod.POST, /^\/pay\/notify$/, '/pay/notify'],
      ['all requests to its path are', RequestMethod.ALL, /^\/pay\/notify$/, '/pay/notify'],
      ['only GET requests to its path are', RequestMethod.GET, /^\/pay\/notify$/, '/api/pay/notify'],
      ['another path is', RequestMethod.POST, /^\/pay\/other$/, '/api/pay/notify'],
    ])('a route is at its place if %s excluded', (_what, method, path, url) => {
      expect(prefixed({ path, method })).toStrictEqual([url]);
    });
  });
});
