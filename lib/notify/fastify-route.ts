import type { ServerResponse } from 'node:http';
import type { RawRequest } from './notify-body.js';

interface RouterOptions {
  ignoreTrailingSlash?: boolean;
  caseSensitive?: boolean;
}

/** The parts of a Fastify instance that mount and match routes. */
export interface FastifyRouter {
  initialConfig?: RouterOptions & { routerOptions?: RouterOptions };
  hasRoute(route: { method: 'POST'; url: string }): boolean;
  route(options: {
    method: 'POST';
    url: string;
    onRequest: (request: FastifyRequest, reply: FastifyReply) => void;
    handler: () => void;
  }): unknown;
}

interface FastifyRequest {
  raw: RawRequest;
  /** The sender's address, according to `trustProxy`. */
  ip: string;
}

interface FastifyReply {
  raw: ServerResponse;
  /** Leaves the response to the caller. */
  hijack(): unknown;
}

/**
 * Mounts a POST route that responds before Fastify parses the body, after the application's middleware and `onRequest`
 * hooks. Not as middleware, which Nest runs with @fastify/middie: that costs every request of the application.
 */
export function mountOnFastify(
  fastify: FastifyRouter,
  url: string,
  receive: (request: RawRequest, response: ServerResponse, sender: { ip: string }) => Promise<void>,
): void {
  fastify.route({
    method: 'POST',
    url,
    onRequest: (request, reply) => {
      reply.hijack();
      void receive(request.raw, reply.raw, request);
    },
    handler: () => {},
  });
}

/** Whether Fastify treats a path with a trailing slash as the same path; Express always does. */
export function ignoresTrailingSlash({ initialConfig }: FastifyRouter): boolean {
  return (initialConfig?.routerOptions?.ignoreTrailingSlash ?? initialConfig?.ignoreTrailingSlash) === true;
}

/** Whether Fastify treats paths that differ only in case as the same path; Express does, unless told otherwise. */
export function ignoresCase({ initialConfig }: FastifyRouter): boolean {
  return (initialConfig?.routerOptions?.caseSensitive ?? initialConfig?.caseSensitive) === false;
}
