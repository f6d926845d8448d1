export { ensureSchema, migrationSql } from './schema/ensure-schema.js';
export { checkSchema } from './schema/schema-version.js';
export type { SchemaNames } from './schema/schema-names.js';
export type {
  SqlDatabase,
  SqlDialect,
  SqlExecutor,
  SqlLimits,
  SqlResult,
  SqlRow,
  SqlTransaction,
  SqlValue,
} from './sql-database.js';
export { BrokenTransactionError, CommitUnknownError, NoAnswerError, NoConnectionError } from './sql-errors.js';
