/** The names of the module's tables. */
export interface SchemaNames {
  /** PostgreSQL's schema, or the database of MySQL and MariaDB. Defaults to the connection's. */
  schema?: string;
  /** The prefix of the table names. */
  prefix?: string;
}

/** The table names for SQL statements. */
export interface Tables {
  order: string;
  /** The keys of `cashier.checkout`. */
  checkout: string;
  outcome: string;
  /** After-commit work of handlers. */
  afterCommit: string;
  /** Requested replays. */
  replay: string;
  /** When each instance may make its next query. */
  rate: string;
  /** The applied schema versions. */
  migration: string;
}

/** @throws TypeError for a name with other characters than letters, digits and `_`, because it is not escaped in SQL. */
export function tablesOf({ schema, prefix = 'pass2pay_' }: SchemaNames = {}): Tables {
  for (const [name, value] of Object.entries({ schema, prefix })) {
    if (value !== undefined && !/^[a-z_][a-z0-9_]{0,39}$/i.test(value)) {
      throw new TypeError(
        `database.${name} must have up to 40 letters, digits and _, and must not start with a digit.`,
      );
    }
  }
  const named = (table: string) => `${schema === undefined ? '' : `${schema}.`}${prefix}${table}`;
  return {
    order: named('order'),
    checkout: named('checkout'),
    outcome: named('outcome'),
    afterCommit: named('after_commit'),
    replay: named('replay'),
    rate: named('rate'),
    migration: named('migration'),
  };
}
