import 'reflect-metadata';
import type { Schema } from './schema.js';

/**
 * Where @nestjs/swagger keeps what its decorators say. Writing it here does without importing that package, which is an
 * optional peer; what its compiler plugin finds (descriptions, examples, what is required) is added to it. The tests of
 * the OpenAPI document notice if a version of it reads other keys.
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

/** An answer of a route: the members of one of its media types, or a class as JSON. */
export interface ResponseDescription {
  description: string;
  type?: Type;
  content?: Readonly<Record<string, { schema: Schema; example?: unknown }>>;
  headers?: Readonly<Record<string, { description: string; schema: Schema }>>;
}

/** The answers of a route, by HTTP status. */
export type ResponseDescriptions = Readonly<Record<number, ResponseDescription>>;

/** What an OpenAPI document says about a route. */
export interface RouteDescription {
  summary: string;
  description: string;
  /** The body's media types, and the schema of all of them. */
  body: { mediaTypes: readonly string[]; schema: Schema };
  responses: ResponseDescriptions;
  /** Classes that schemas refer to. */
  models: readonly Type[];
}

/** Says of a property what its type does not tell: whole numbers, lengths, ranges. */
export function ApiSchema(schema: Schema): PropertyDecorator {
  return (prototype, property) => Reflect.defineMetadata(KEYS.property, { ...schema }, prototype, property);
}

/** Describes a route; the application's own decorators above it add to this, or override it. */
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

/** Describes answers of one route, or of all routes of a controller. */
export function ApiResponses(responses: ResponseDescriptions): ClassDecorator & MethodDecorator {
  return (target: object, _key?: string | symbol, descriptor?: { value?: unknown }) => {
    addResponses(responses, (descriptor?.value as object | undefined) ?? target);
  };
}

function addResponses(responses: ResponseDescriptions, target: object): void {
  const known = (Reflect.getMetadata(KEYS.responses, target) ?? {}) as object;
  Reflect.defineMetadata(KEYS.responses, { ...responses, ...known }, target);
}
