import { describe, expect, it } from '@jest/globals';
import {
  ignoresCase,
  ignoresTrailingSlash,
  mountOnFastify,
  type FastifyRouter,
} from '../../lib/notify/fastify-route.js';

type RouteOptions = Parameters<FastifyRouter['route']>[0];

describe('a route that is mounted on Fastify', () => {
  const mount = (receive: (...given: unknown[]) => Promise<void>) => {
    const routes: RouteOptions[] = [];
    mountOnFastify({ hasRoute: () => false, route: (options) => routes.push(options) }, '/pay/notify', receive);
    expect(routes).toHaveLength(1);
    return routes[0]!;
  };

  it('receives POST requests to its URL, and leaves the response to the module', () => {
    const events: unknown[][] = [];
    const route = mount(async (...given) => void events.push(given));
    expect(route).toMatchObject({ method: 'POST', url: '/pay/notify' });
    const reply = { raw: {}, hijack: () => void events.push(['hijacked']) };
    const request = { raw: {}, ip: '203.0.113.7' };
    route.onRequest(request as never, reply as never);
    expect(events).toStrictEqual([['hijacked'], [request.raw, reply.raw, request]]);
    const [raw, response, sender] = events[1]!;
    expect([raw === request.raw, response === reply.raw, sender === request]).toStrictEqual([true, true, true]);
  });

  it('does nothing once the response is sent', () => {
    let times = 0;
    const route = mount(async () => void (times += 1));
    expect(route.handler()).toBeUndefined();
    expect(times).toBe(0);
  });
});

it.each<[string, FastifyRouter['initialConfig'], boolean]>([
  ['no configuration', undefined, false],
  ['no such option', {}, false],
  ['no such router option', { routerOptions: {} }, false],
  ['the router option', { routerOptions: { ignoreTrailingSlash: true } }, true],
  ['the older option', { ignoreTrailingSlash: true }, true],
  ['the older option, and other router options', { ignoreTrailingSlash: true, routerOptions: {} }, true],
  [
    'the router option off, and the older one on',
    { ignoreTrailingSlash: true, routerOptions: { ignoreTrailingSlash: false } },
    false,
  ],
])('whether Fastify with %s serves a path with an end slash', (_what, initialConfig, serves) => {
  const router = { ...(initialConfig && { initialConfig }), hasRoute: () => false, route: () => {} };
  expect(ignoresTrailingSlash(router)).toBe(serves);
});

it.each<[string, FastifyRouter['initialConfig'], boolean]>([
  ['no configuration', undefined, false],
  ['no such option', {}, false],
  ['no such router option', { routerOptions: {} }, false],
  ['the router option', { routerOptions: { caseSensitive: false } }, true],
  ['the older option', { caseSensitive: false }, true],
  [
    'the router option on, and the older one off',
    { caseSensitive: false, routerOptions: { caseSensitive: true } },
    false,
  ],
])('whether Fastify with %s ignores the case of a path', (_what, initialConfig, ignores) => {
  const router = { ...(initialConfig && { initialConfig }), hasRoute: () => false, route: () => {} };
  expect(ignoresCase(router)).toBe(ignores);
});
