import { describe, expect, it } from '@jest/globals';
import { migrations } from '../../../lib/database/schema/migrations.js';
import { DIFFERS, PENDING } from '../../../lib/database/schema/order-conditions.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import type { SqlDialect } from '../../../lib/database/sql-database.js';

const statementsOf = (dialect: SqlDialect, schema?: string) =>
  migrations(dialect, tablesOf({ ...(schema && { schema }), prefix: 's_' })).flatMap(({ statements }) => statements);
const tableOf = (dialect: SqlDialect, name: string) =>
  statementsOf(dialect).find((each) => each.startsWith(`CREATE TABLE IF NOT EXISTS s_${name} (`))!;

it.each(['postgres', 'mysql', 'sqlite'] as const)('makes every table on %s, the versions first', (dialect) => {
  const made = statementsOf(dialect).filter((each) => each.startsWith('CREATE TABLE'));
  expect(made.map((each) => /EXISTS (\w+) \(/.exec(each)?.[1])).toStrictEqual([
    's_migration',
    's_order',
    's_checkout',
    's_outcome',
    's_after_commit',
    's_replay',
    's_rate',
  ]);
});

it('makes nothing but columns, keys and indexes on MySQL', () => {
  const tables = statementsOf('mysql').filter((each) => each.startsWith('CREATE TABLE'));
  const lines = tables.flatMap((each) => each.split('\n').slice(1, -1));
  const others = lines.filter(
    (line) => !/^  ([a-z_]+ [A-Z]+[ (,]|(PRIMARY KEY|UNIQUE|INDEX s_[a-z_]+) \(.+\))/.test(line),
  );
  expect(others).toStrictEqual([]);
});

describe('order numbers are compared exactly', () => {
  it.each([
    ['postgres', 'compared_no VARCHAR(64) COLLATE "C" NOT NULL', '\n)'],
    ['mysql', 'compared_no VARCHAR(64) NOT NULL', '\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin'],
    ['sqlite', 'compared_no TEXT NOT NULL', '\n)'],
  ] as const)('on %s', (dialect, column, end) => {
    expect(tableOf(dialect, 'order')).toContain(`  ${column},\n`);
    expect(tableOf(dialect, 'order').endsWith(end)).toBe(true);
  });
});

it.each([
  ['postgres', 'id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY', 'fields TEXT NOT NULL'],
  ['mysql', 'id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY', 'fields MEDIUMTEXT NOT NULL'],
  ['sqlite', 'id INTEGER PRIMARY KEY AUTOINCREMENT', 'fields TEXT NOT NULL'],
] as const)('has ids that are never reused, and long texts, on %s', (dialect, id, long) => {
  expect(tableOf(dialect, 'outcome')).toContain(`(\n  ${id},\n`);
  expect(tableOf(dialect, 'outcome')).toContain(`  ${long},\n`);
});

it.each([
  ['order', 'PRIMARY KEY (compared_no, mch_no, kind, instance)'],
  ['order', 'UNIQUE (gateway_id, mch_no, kind, instance)'],
  ['checkout', 'PRIMARY KEY (checkout_key, mch_no, instance)'],
  ['outcome', 'UNIQUE (idempotency_key, instance)'],
  ['after_commit', 'UNIQUE (idempotency_key, handler, instance, replay_id)'],
])('keeps each row of %s once: %s', (table, key) => {
  for (const dialect of ['postgres', 'mysql', 'sqlite'] as const) expect(tableOf(dialect, table)).toContain(key);
});

const INDEXES = [
  ['s_order_next_check', 'next_check_at, instance', 'next_check_at IS NOT NULL'],
  ['s_order_not_made', 'status, instance, created_at', "status <> 'created'"],
  ['s_order_pending', 'created_at, instance', PENDING],
  ['s_order_differs', 'compared_no, mch_no, kind, instance', DIFFERS],
  ['s_order_of_customer', 'cust_no, mch_no, instance, expires_at', 'cust_no IS NOT NULL'],
  ['s_order_kept', 'kept_since, instance', 'kept_since IS NOT NULL'],
  ['s_outcome_due', 'due_at, instance', 'due_at IS NOT NULL'],
  ['s_outcome_of_order', 'compared_no'],
  ['s_outcome_by_day', 'applied_at, received_at'],
  ['s_outcome_not_applied', 'result, id, instance, due_at', "result <> 'applied'"],
  ['s_outcome_kept', 'kept_since, instance', 'kept_since IS NOT NULL'],
  ['s_after_commit_due', 'due_at, status, instance', 'due_at IS NOT NULL'],
  ['s_after_commit_of_order', 'compared_no, mch_no, kind, instance, handler'],
  ['s_after_commit_kept', 'kept_since, instance', "status = 'dead' AND kept_since IS NOT NULL"],
  ['s_after_commit_dead', 'status, id, instance', "status = 'dead'"],
  ['s_replay_due', 'due_at, instance', 'due_at IS NOT NULL'],
  ['s_replay_of_outcome', 'idempotency_key, instance'],
] as const;

describe('the indexes', () => {
  it.each(['postgres', 'sqlite'] as const)('are partial ones of unfinished work on %s', (dialect) => {
    const made = statementsOf(dialect).filter((each) => !each.startsWith('CREATE TABLE'));
    const expected = INDEXES.map(([name, on, where]) => {
      const table = /^s_(?:after_commit|[a-z]+?)(?=_)/.exec(name)?.[0];
      const only = where === undefined ? '' : ` WHERE ${where}`;
      return `CREATE INDEX IF NOT EXISTS ${name} ON ${table} (${on})${only}`;
    });
    expect(made).toStrictEqual(expected);
  });

  it('are in the tables on MySQL, on generated columns where they would be partial by a long condition', () => {
    expect(statementsOf('mysql')).toHaveLength(7);
    const all = statementsOf('mysql').join('\n');
    expect(tableOf('mysql', 'order')).toContain(
      `  pending_since BIGINT AS (CASE WHEN ${PENDING} THEN created_at END) STORED,\n  INDEX s_order_pending (pending_since, instance),\n`,
    );
    expect(tableOf('mysql', 'order')).toContain(
      `  differs INTEGER AS (CASE WHEN ${DIFFERS} THEN 1 END) STORED,\n  INDEX s_order_differs (differs, compared_no, mch_no, kind, instance),\n`,
    );
    expect(tableOf('mysql', 'after_commit')).toContain(
      "  dead_since BIGINT AS (CASE WHEN status = 'dead' AND kept_since IS NOT NULL THEN kept_since END) STORED,\n  INDEX s_after_commit_kept (dead_since, instance),\n",
    );
    for (const [name, on] of INDEXES) {
      if (/order_(?:pending|differs)|after_commit_kept/.test(name)) continue;
      expect(all).toContain(`  INDEX ${name} (${on})`);
    }
  });

  it('are named without the schema of their table', () => {
    const sql = statementsOf('postgres', 'pay').join('\n');
    expect(sql).toContain('CREATE INDEX IF NOT EXISTS s_replay_of_outcome ON pay.s_replay (idempotency_key, instance)');
  });
});
