import type { SqlDialect } from '../sql-database.js';
import { DIFFERS, PENDING } from './order-conditions.js';
import type { Tables } from './schema-names.js';

/** The schema version of this release. */
export const SCHEMA_VERSION = 1;

/**
 * The oldest supported schema version. During a rolling update, old and new processes share the tables, so a migration
 * first adds, and removes one release later.
 */
export const OLDEST_SCHEMA_VERSION = 1;

/** The statements from one version to the next. */
export interface Migration {
  version: number;
  statements: readonly string[];
}

/** The types of a dialect. Order numbers are compared exactly. */
const TYPES: Readonly<Record<SqlDialect, { text: (length: number) => string; id: string; long: string; end: string }>> =
  {
    postgres: {
      text: (length) => `VARCHAR(${length}) COLLATE "C"`,
      id: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
      long: 'TEXT',
      end: '',
    },
    mysql: {
      text: (length) => `VARCHAR(${length})`,
      id: 'BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY',
      long: 'MEDIUMTEXT',
      end: ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin',
    },
    sqlite: { text: () => 'TEXT', id: 'INTEGER PRIMARY KEY AUTOINCREMENT', long: 'TEXT', end: '' },
  };

/** An index; a partial one if the dialect supports it. */
interface Index {
  on: string;
  where?: string;
  /** MySQL has no partial indexes; the index is on a generated column instead, which is NULL for all other rows. */
  generated?: { column: string; type: string; value: string; on: string };
}

/** The rows with customer data. */
const KEPT: Index = { on: 'kept_since, instance', where: 'kept_since IS NOT NULL' };

/**
 * All migrations, oldest first. Times are in ms since 1970, amounts in minor units.
 *
 * Keys start with the most selective column: before PostgreSQL has statistics, it may use any index that starts with
 * columns of an order's key, and with the merchant first it would read all orders.
 */
export function migrations(dialect: SqlDialect, tables: Tables): readonly Migration[] {
  return [{ version: 1, statements: first(dialect, tables) }];
}

function first(dialect: SqlDialect, tables: Tables): string[] {
  const { text, id, long } = TYPES[dialect];
  return [
    ...table(dialect, tables.migration, ['version INTEGER NOT NULL PRIMARY KEY', 'applied_at BIGINT NOT NULL']),
    ...table(
      dialect,
      tables.order,
      [
        `instance ${text(40)} NOT NULL`,
        `kind ${text(8)} NOT NULL`,
        `mch_no ${text(30)} NOT NULL`,
        `compared_no ${text(64)} NOT NULL`,
        `mch_order_no ${text(64)} NOT NULL`,
        `app_id ${text(24)} NOT NULL`,
        `gateway_id ${text(64)}`,
        'amount BIGINT NOT NULL',
        `currency ${text(8)} NOT NULL`,
        `cust_no ${text(64)}`,
        `status ${text(10)} NOT NULL`,
        'gateway_state INTEGER',
        'last_applied INTEGER',
        'previous_applied INTEGER',
        'success_to_apply INTEGER NOT NULL DEFAULT 0',
        'adopted INTEGER',
        'created_at BIGINT NOT NULL',
        'expires_at BIGINT',
        'creating_until BIGINT',
        `response ${long}`,
        'next_check_at BIGINT',
        'checks INTEGER NOT NULL',
        'attention_at BIGINT',
        // In each table with customer data: since when; 0: erase as soon as possible; NULL: no such data.
        'kept_since BIGINT',
        `checkout_key ${text(64)}`,
        'PRIMARY KEY (compared_no, mch_no, kind, instance)',
        'UNIQUE (gateway_id, mch_no, kind, instance)',
      ],
      {
        next_check: { on: 'next_check_at, instance', where: 'next_check_at IS NOT NULL' },
        not_made: { on: 'status, instance, created_at', where: "status <> 'created'" },
        pending: {
          on: 'created_at, instance',
          where: PENDING,
          generated: { column: 'pending_since', type: 'BIGINT', value: 'created_at', on: 'pending_since, instance' },
        },
        differs: {
          on: 'compared_no, mch_no, kind, instance',
          where: DIFFERS,
          generated: {
            column: 'differs',
            type: 'INTEGER',
            value: '1',
            on: 'differs, compared_no, mch_no, kind, instance',
          },
        },
        of_customer: { on: 'cust_no, mch_no, instance, expires_at', where: 'cust_no IS NOT NULL' },
        kept: KEPT,
      },
    ),
    ...table(dialect, tables.checkout, [
      `instance ${text(40)} NOT NULL`,
      `mch_no ${text(30)} NOT NULL`,
      `checkout_key ${text(64)} NOT NULL`,
      `app_id ${text(24)} NOT NULL`,
      'amount BIGINT NOT NULL',
      `currency ${text(8)} NOT NULL`,
      // The order that callers get.
      `mch_order_no ${text(64)} NOT NULL`,
      // The first order under the key that the gateway reported as paid, and the first whose handlers committed that.
      `success_no ${text(64)}`,
      `paid_no ${text(64)}`,
      'created_at BIGINT NOT NULL',
      'PRIMARY KEY (checkout_key, mch_no, instance)',
    ]),
    ...table(
      dialect,
      tables.outcome,
      [
        `id ${id}`,
        `instance ${text(40)} NOT NULL`,
        `idempotency_key ${text(160)} NOT NULL`,
        `kind ${text(8)} NOT NULL`,
        `mch_no ${text(30)} NOT NULL`,
        `compared_no ${text(64)} NOT NULL`,
        'state INTEGER NOT NULL',
        'amount BIGINT NOT NULL',
        // The gateway's value, which may be any text.
        `currency ${text(32)} NOT NULL`,
        `source ${text(8)} NOT NULL`,
        `result ${text(10)} NOT NULL`,
        'late INTEGER NOT NULL',
        'gateway_state INTEGER',
        'previous_state INTEGER',
        'deliveries INTEGER NOT NULL',
        'repeats INTEGER NOT NULL DEFAULT 0',
        'attempts INTEGER NOT NULL',
        `error ${long}`,
        `fields ${long} NOT NULL`,
        'received_at BIGINT NOT NULL',
        'applied_at BIGINT',
        'due_at BIGINT',
        'kept_since BIGINT',
        `duplicate_of ${text(64)}`,
        'UNIQUE (idempotency_key, instance)',
      ],
      {
        due: { on: 'due_at, instance', where: 'due_at IS NOT NULL' },
        of_order: { on: 'compared_no' },
        // The outcomes of a day: applied ones, and others, which have no applied_at.
        by_day: { on: 'applied_at, received_at' },
        // Lists scan it by id.
        not_applied: { on: 'result, id, instance, due_at', where: "result <> 'applied'" },
        kept: KEPT,
      },
    ),
    ...table(
      dialect,
      tables.afterCommit,
      [
        // In the order in which the outcomes of one order were applied; never reused.
        `id ${id}`,
        `instance ${text(40)} NOT NULL`,
        `idempotency_key ${text(160)} NOT NULL`,
        `handler ${text(200)} NOT NULL`,
        `kind ${text(8)} NOT NULL`,
        `mch_no ${text(30)} NOT NULL`,
        `compared_no ${text(64)} NOT NULL`,
        `status ${text(10)} NOT NULL`,
        'attempts INTEGER NOT NULL',
        `error ${long}`,
        `outcome ${long} NOT NULL`,
        'created_at BIGINT NOT NULL',
        'due_at BIGINT',
        'kept_since BIGINT',
        // The replay that it belongs to; 0 for none.
        'replay_id BIGINT NOT NULL DEFAULT 0',
        'UNIQUE (idempotency_key, handler, instance, replay_id)',
      ],
      {
        due: { on: 'due_at, status, instance', where: 'due_at IS NOT NULL' },
        of_order: { on: 'compared_no, mch_no, kind, instance, handler' },
        kept: {
          on: 'kept_since, instance',
          where: "status = 'dead' AND kept_since IS NOT NULL",
          generated: {
            column: 'dead_since',
            type: 'BIGINT',
            value: 'kept_since',
            on: 'dead_since, instance',
          },
        },
        dead: { on: 'status, id, instance', where: "status = 'dead'" },
      },
    ),
    ...table(
      dialect,
      tables.replay,
      [
        `id ${id}`,
        `instance ${text(40)} NOT NULL`,
        `idempotency_key ${text(160)} NOT NULL`,
        `mch_no ${text(30)} NOT NULL`,
        // NULL: all handlers of the outcome.
        `handler ${text(200)}`,
        `reason ${text(500)} NOT NULL`,
        `status ${text(10)} NOT NULL`,
        'attempts INTEGER NOT NULL',
        `error ${long}`,
        'requested_at BIGINT NOT NULL',
        'ended_at BIGINT',
        'due_at BIGINT',
      ],
      {
        due: { on: 'due_at, instance', where: 'due_at IS NOT NULL' },
        of_outcome: { on: 'idempotency_key, instance' },
      },
    ),
    ...table(dialect, tables.rate, [`instance ${text(40)} NOT NULL PRIMARY KEY`, 'next_at BIGINT NOT NULL']),
  ];
}

/** Statements that can be run again after an interrupted migration. */
function table(
  dialect: SqlDialect,
  name: string,
  columns: readonly string[],
  indexes: Readonly<Record<string, Index>> = {},
): string[] {
  const given = Object.entries(indexes).map(([key, { on, where, generated }]) => ({
    key: `${name.slice(name.lastIndexOf('.') + 1)}_${key}`,
    on,
    only: where === undefined ? '' : ` WHERE ${where}`,
    generated: generated && {
      column: `${generated.column} ${generated.type} AS (CASE WHEN ${where} THEN ${generated.value} END) STORED`,
      on: generated.on,
    },
  }));
  // MySQL has no CREATE INDEX IF NOT EXISTS.
  const inline =
    dialect === 'mysql'
      ? given.flatMap(({ key, on, generated }) => [
          ...(generated ? [generated.column] : []),
          `INDEX ${key} (${generated?.on ?? on})`,
        ])
      : [];
  const lines = [...columns, ...inline].map((line) => `  ${line}`).join(',\n');
  const create = `CREATE TABLE IF NOT EXISTS ${name} (\n${lines}\n)${TYPES[dialect].end}`;
  const own =
    dialect === 'mysql'
      ? []
      : given.map(({ key, on, only }) => `CREATE INDEX IF NOT EXISTS ${key} ON ${name} (${on})${only}`);
  return [create, ...own];
}
