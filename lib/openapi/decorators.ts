import 'reflect-metadata';
import type { Schema } from './schema.js';

/**
 * The metadata keys of @nestjs/swagger. Writing them directly avoids importing that package, which is an optional peer;
 * what its compiler plugin finds (descriptions, examples, required fields) is added. The tests of the OpenAPI document
 * fail if a version uses other keys.
 */
const KEYS = {
  property: 'swagger/apiModelProperties',
  operation: 'swagger/apiOperation',
  parameters: 'swagger/apiParameters',
  consumes: 'swagger/apiConsumes',
  responses: 'swagger/apiResponse',
  models: 'swagger/apiExtraModels',
} as const;

/** A class. */
type Type = new (...args: never[]) => unknown;

/** A response of a route: the members of one of its media types, or a class as JSON. */
export interface ResponseDescription {
  description: string;
  type?: Type;
  content?: Readonly<Record<string, { schema: Schema; example?: unknown }>>;
  headers?: Readonly<Record<string, { description: string; schema: Schema }>>;
}

/** The responses of a route, by HTTP status. */
export type ResponseDescriptions = Readonly<Record<number, ResponseDescription>>;

/** The OpenAPI description of a route. */
export interface RouteDescription {
  summary: string;
  description: string;
  /** The body's media types, and their common schema. */
  body: { mediaTypes: readonly string[]; schema: Schema };
  responses: ResponseDescriptions;
  /** Classes to which schemas refer. */
  models: readonly Type[];
}

/** Describes a property beyond its type: whole numbers, lengths, ranges. */
export function ApiSchema(schema: Schema): PropertyDecorator {
  return (prototype, property) => Reflect.defineMetadata(KEYS.property, { ...schema }, prototype, property);
}

/** Describes a route; the application's decorators above it extend or override this. */
export function ApiRoute({ summary, description, body, responses, models }: RouteDescription): MethodDecorator {
  return (_target, _key, descriptor) => {
    const method = descriptor.value as object;
    Reflect.defineMetadata(KEYS.operation, { summary, description }, method);
    Reflect.defineMetadata(
      KEYS.parameters,
      [{ in: 'body', type: String, required: true, schema: body.schema }],
      method,
    );
    Reflect.defineMetadata(KEYS.consumes, [...body.mediaTypes], method);
    Reflect.defineMetadata(KEYS.models, [...models], method);
    addResponses(responses, method);
  };
}

/** Describes responses of one route, or of all routes of a controller. */
export function ApiResponses(responses: ResponseDescriptions): ClassDecorator & MethodDecorator {
  return (target: object, _key?: string | symbol, descriptor?: { value?: unknown }) => {
    addResponses(responses, (descriptor?.value as object | undefined) ?? target);
  };
}

function addResponses(responses: ResponseDescriptions, target: object): void {
  const known = (Reflect.getMetadata(KEYS.responses, target) ?? {}) as object;
  Reflect.defineMetadata(KEYS.responses, { ...responses, ...known }, target);
}
