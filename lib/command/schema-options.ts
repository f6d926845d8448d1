import { tablesOf, type SchemaNames } from '../database/schema/schema-names.js';
import { messageOf } from '../errors/message-of.js';
import { UsageError } from './usage-error.js';

/** The options that name the tables, for `parseArgs`. */
export const SCHEMA_OPTIONS = { schema: { type: 'string' }, prefix: { type: 'string' } } as const;

/** @throws UsageError for names that no tables have. */
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
