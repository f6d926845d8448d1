import { flag, group, numbers, objectWith, setMembers, wholeNumber } from '../validation/option-rules.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';
import type { SchemaNames } from './schema/schema-names.js';
import type { SqlDatabase, SqlLimits } from './sql-database.js';

/** Options for storing orders and outcomes. */
export class DatabaseOptions {
  /** The names of the module's tables: their schema and prefix (`pass2pay_`). */
  @Rule(optional(group("{ prefix: 'pass2pay_' }")))
  databaseTables?: SchemaNames = {};

  /**
   * The merchant's database, such as `pgDatabase(pool)`: outcomes are applied in one transaction with the handlers'
   * statements.
   */
  @Rule(optional(objectWith('begin', 'execute')))
  database?: SqlDatabase;

  /**
   * `maxConcurrent`: open transactions of the module in this process (at most half of the pool is a good choice).
   * Timeouts, in ms: for a turn and a free connection, for a lock, and for the handlers of an outcome. Their sum limits
   * the time from a notify's arrival to its acknowledgement, including a confirming query: keep it below 15 s, because
   * the gateway's timeout is 20 s. `maxAttempts`: attempts of handlers. `sweepEveryMs`: interval of the search for due
   * outcomes, in ms. A statement without a response 2 s after its lock timeout fails too.
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
   * Whether to accept an event of an order that was not created or imported here, such as one of another service, if
   * the gateway's query confirms its amount and currency: its handlers then get `adopted: true`. The amount is not
   * compared with your shop's order unless `merchantOrders` is set too. Otherwise such an event is stored as failed and
   * retried.
   */
  @Rule(optional(flag))
  adoptUnknownOrders?: boolean = false;

  /**
   * Whether to refuse a payment order with Pass2PayCustomerLimitError before it is sent, if five orders of its `custNo`
   * have expired unpaid at the merchant within 24 hours: after more of them the gateway refuses the customer's orders.
   */
  @Rule(optional(flag))
  limitTimedOutOrders?: boolean = false;

  /**
   * How many days the tables keep customer data, 2 to 3650: `custNo`, stored responses, and the fields of outcomes
   * except states, amounts, numbers, times and codes. Data of pending handler work is kept until that has ended. false:
   * forever.
   */
  @Rule(optional(daysOrNever))
  keepDays?: number | false = 30;
}

/** At least two, because the limit of expired orders counts those of the last day. */
function daysOrNever(value: unknown): string | undefined {
  const issue = value === false ? undefined : wholeNumber(2, 3_650, 'days')(value);
  return issue && `${issue}, or false to erase nothing by age`;
}

/** The limits of an outcome. */
export interface DatabaseLimits extends SqlLimits {
  maxConcurrent: number;
  handlerTimeoutMs: number;
  maxAttempts: number;
  sweepEveryMs: number;
}

/** The options with all defaults applied. */
export interface ResolvedDatabaseOptions {
  database?: SqlDatabase;
  adoptUnknownOrders: boolean;
  limitTimedOutOrders: boolean;
  keepDays: number | false;
  databaseLimits: DatabaseLimits;
  databaseTables: SchemaNames;
}

/** Half of a typical pool of 10; the sum of the timeouts is less than 15 s. */
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
