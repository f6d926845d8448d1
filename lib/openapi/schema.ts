/** The subset of OpenAPI schemas that this module uses. */
export interface Schema {
  type?: 'string' | 'number' | 'integer' | 'object' | 'array';
  items?: Schema;
  description?: string;
  format?: 'int32' | 'int64' | 'date-time' | 'ipv4' | 'uri';
  enum?: readonly string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  additionalProperties?: boolean | Schema;
  /** Never in a request. */
  readOnly?: boolean;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  example?: unknown;
  oneOf?: readonly Schema[];
  allOf?: readonly (Schema | { $ref: string })[];
}

/** 13-digit milliseconds since 1970. */
export const MILLISECONDS: Schema = {
  type: 'integer',
  format: 'int64',
  minimum: 1_000_000_000_000,
  maximum: 9_999_999_999_999,
};

/** The schema to which a class's name refers in a document. */
export function reference(type: { name: string }): { $ref: string } {
  return { $ref: `#/components/schemas/${type.name}` };
}
