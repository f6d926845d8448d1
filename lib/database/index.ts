export { acquire } from './adapters/acquire.js';
export { guarded, type GuardedMethods } from './adapters/guarded.js';
export { LinkedTransaction } from './transaction/linked-transaction.js';
export { ensureSchema, migrationSql } from './schema/ensure-schema.js';
export { checkSchema } from './schema/schema-version.js';
export type { SchemaNames } from './schema/schema-names.js';
export type {
  SqlDatabase,
  SqlDialect,
  SqlExecutor,
  SqlLimits,
  SqlResult,
  SqlStatement,
  SqlRow,
  SqlTransaction,
  SqlValue,
} from './sql-database.js';
export {
  BrokenTransactionError,
  CommitUnknownError,
  NoAnswerError,
  NoConnectionError,
  OpenTransactionError,
  sqlFailure,
  type SqlFailure,
} from './sql-errors.js';
export type { SqlLink } from './transaction/sql-link.js';
export { TxGate } from './transaction/tx-gate.js';
