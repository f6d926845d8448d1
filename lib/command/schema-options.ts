import { tablesOf, type SchemaNames } from '../database/schema/schema-names.js';
import { messageOf } from '../errors/message-of.js';
import { UsageError } from './usage-error.js';

/** The `parseArgs` options for the table names. */
export const SCHEMA_OPTIONS = { schema: { type: 'string' }, prefix: { type: 'string' } } as const;

/** @throws UsageError for invalid table names. */
export function schemaNames({
  schema,
  prefix,
}: {
  schema?: string | undefined;
  prefix?: string | undefined;
}): SchemaNames {
  const names = { ...(schema && { schema }), ...(prefix && { prefix }) };
  try {
    tablesOf(names);
  } catch (error) {
    throw new UsageError(messageOf(error).replace('database.', '--'));
  }
  return names;
}
