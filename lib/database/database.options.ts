import { flag, group, numbers, objectWith, setMembers, wholeNumber } from '../validation/option-rules.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';
import type { SchemaNames } from './schema/schema-names.js';
import type { SqlDatabase, SqlLimits } from './sql-database.js';

/** Where the module keeps orders and outcomes. */
export class DatabaseOptions {
  /** How the module's tables are named: their schema, and what their names begin with (`pass2pay_`). */
  @Rule(optional(group("{ prefix: 'pass2pay_' }")))
  databaseTables?: SchemaNames = {};

  /** The merchant's database, such as `pgDatabase(pool)`: outcomes take effect in one transaction with what handlers do. */
  @Rule(optional(objectWith('begin', 'execute')))
  database?: SqlDatabase;

  /**
   * How many transactions the module has open at once in this process (at most half of the pool is a good choice); how long an
   * outcome waits for its turn and a free connection, and for a lock, and how long its handlers may take, all in ms. The sum of
   * these three is what a notify may take from its arrival to its acknowledgement, a confirming query included: keep it below
   * 15 s, since the gateway gives up after 20 s. Then how often handlers are tried, and how often to look for outcomes that are
   * due again, in ms. A statement that the server has not answered 2 s after its wait for a lock fails, too.
   */
  @Rule(
    optional(
      numbers({
        maxConcurrent: [1, 1_000],
        connectionTimeoutMs: [1, 60_000],
        lockTimeoutMs: [1, 60_000],
        handlerTimeoutMs: [1, 600_000],
        maxAttempts: [1, 100],
        sweepEveryMs: [10, 86_400_000],
      }),
    ),
  )
  databaseLimits?: {
    maxConcurrent?: number;
    connectionTimeoutMs?: number;
    lockTimeoutMs?: number;
    handlerTimeoutMs?: number;
    maxAttempts?: number;
    sweepEveryMs?: number;
  } = {};

  /**
   * Whether an event of an order that was not made or imported here, such as one that another service made, is believed where
   * the gateway's query knows the order with the same amount and currency: its handlers then get `adopted: true`. That it is the
   * amount which your shop asked for, nobody has compared, unless `merchantOrders` is given too. Otherwise such an event is
   * kept as failed, and tried again.
   */
  @Rule(optional(flag))
  adoptUnknownOrders?: boolean = false;

  /**
   * Whether a payment order is refused before it is sent, by Pass2PayCustomerLimitError, where five orders of its `custNo` have
   * expired unpaid at the merchant within 24 hours: after more of them the gateway takes no more orders of that customer.
   */
  @Rule(optional(flag))
  limitTimedOutOrders?: boolean = false;

  /**
   * For how many days the tables keep what tells of a customer, 2 to 3650, from when it was written: `custNo`, stored responses,
   * and the fields of outcomes but for states, amounts, numbers, times and codes. What handlers have yet to be told keeps it until
   * then. false: for ever.
   */
  @Rule(optional(daysOrNever))
  keepDays?: number | false = 30;
}

/** At least two: the limit of timed-out orders counts those of a customer's last day. */
function daysOrNever(value: unknown): string | undefined {
  const issue = value === false ? undefined : wholeNumber(2, 3_650, 'days')(value);
  return issue && `${issue}, or false to erase nothing by age`;
}

/** What an outcome may take. */
export interface DatabaseLimits extends SqlLimits {
  maxConcurrent: number;
  handlerTimeoutMs: number;
  maxAttempts: number;
  sweepEveryMs: number;
}

/** The options with every default filled in. */
export interface ResolvedDatabaseOptions {
  database?: SqlDatabase;
  adoptUnknownOrders: boolean;
  limitTimedOutOrders: boolean;
  keepDays: number | false;
  databaseLimits: DatabaseLimits;
  databaseTables: SchemaNames;
}

/** Half of a usual pool of 10; everything to the acknowledgement is to take less than 15 s. */
const LIMITS: DatabaseLimits = {
  maxConcurrent: 5,
  connectionTimeoutMs: 3_000,
  lockTimeoutMs: 3_000,
  handlerTimeoutMs: 8_000,
  maxAttempts: 12,
  sweepEveryMs: 10_000,
};

export const databaseOptions: OptionsRoom<DatabaseOptions, ResolvedDatabaseOptions> = {
  type: DatabaseOptions,
  resolve: ({
    database,
    databaseLimits,
    databaseTables,
    adoptUnknownOrders = false,
    limitTimedOutOrders = false,
    keepDays = 30,
  }) => ({
    ...(database && { database }),
    adoptUnknownOrders,
    limitTimedOutOrders,
    keepDays,
    databaseLimits: Object.freeze({ ...LIMITS, ...setMembers(databaseLimits) }),
    databaseTables: Object.freeze(setMembers(databaseTables)),
  }),
};
