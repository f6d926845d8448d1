/** How the module's tables are named. */
export interface SchemaNames {
  /** PostgreSQL's schema, or the database of MySQL and MariaDB; that of the connection where left out. */
  schema?: string;
  /** What the names of the tables begin with. */
  prefix?: string;
}

/** The names of the tables as statements use them. */
export interface Tables {
  order: string;
  /** The keys of `cashier.checkout`. */
  checkout: string;
  outcome: string;
  /** What handlers have to do after the commit of an outcome. */
  afterCommit: string;
  /** What was asked to be handled again. */
  replay: string;
  /** When each instance's reconcilers may make their next query. */
  rate: string;
  /** The versions of the schema that were applied. */
  migration: string;
}

/** @throws TypeError for a name of other characters than letters, digits and `_`: it goes into statements as it is. */
export function tablesOf({ schema, prefix = 'pass2pay_' }: SchemaNames = {}): Tables {
  for (const [name, value] of Object.entries({ schema, prefix })) {
    if (value !== undefined && !/^[a-z_][a-z0-9_]{0,39}$/i.test(value)) {
      throw new TypeError(`database.${name} must be of up to 40 letters, digits and _, not beginning with a digit.`);
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
