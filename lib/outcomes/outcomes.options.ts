import { isObject, numbers, objectWith, setMembers } from '../validation/option-rules.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';
import type { Inbox } from './inbox.js';
import type { MerchantOrders } from './merchant-orders.js';
import type { OutcomeQueue } from './outcome-queue.js';

/** Options for the delivery of outcomes. */
export class OutcomesOptions {
  /**
   * The merchant's orders: events must match them, and orders without a final notify are queried. With `database`,
   * events are compared with the row that the create wrote, the orders of the table are queried instead of those from
   * `pending`, and `find` is called only before an order is adopted.
   */
  @Rule(optional(objectWith('find')))
  merchantOrders?: MerchantOrders;

  /** Where applied outcomes are stored. Defaults to this process's memory. */
  @Rule(optional(objectWith('recall', 'claim', 'renew', 'complete', 'release')))
  inbox?: Inbox;

  /**
   * A queue between the acknowledgement of an event and its handlers; without one, handlers run before the
   * acknowledgement.
   */
  @Rule(optional(objectWith('add', 'start', 'close')))
  outcomeQueue?: OutcomeQueue;

  /**
   * The lease of an outcome, after which another process may take over, and how long an event waits while its order is
   * processed elsewhere, both in ms. The gateway's timeout for a notify is 20 s.
   */
  @Rule(optional(numbers({ leaseMs: [100, 3_600_000], busyWaitMs: [0, 19_000] })))
  outcomes?: { leaseMs?: number; busyWaitMs?: number } = {};

  /**
   * Queries of orders without a final notify, with `database` or `merchantOrders`: their minimum age (the platform's
   * last notify is sent 450 s or 510 s after the payment), the interval of sweeps and the maximum delay between two
   * queries of an order, all in ms; the maximum number of queries per minute; and the number of orders per sweep. The
   * delay starts at `everyMs` and doubles.
   *
   * With `database`, the orders are those of its table, delays vary by up to a tenth, and `perMinute` is shared by all
   * processes of the same instance name; without it, it applies to this process. `recheckPaidDays`, with `database`
   * only: for how many days after its success a payment is queried once a day, so that a refund by Pass2Pay's operator
   * reaches `@OnPayment(OrderState.Refunded)`; 0 disables this. It applies to payments that succeed while it is set.
   */
  @Rule(optional(reconcileOptions))
  reconcile?: {
    enabled?: boolean;
    afterMs?: number;
    everyMs?: number;
    maxDelayMs?: number;
    perMinute?: number;
    batchSize?: number;
    recheckPaidDays?: number;
  } = {};
}

/** The options with all defaults applied. */
export type ResolvedOutcomesOptions = Pick<OutcomesOptions, 'merchantOrders' | 'inbox' | 'outcomeQueue'> & {
  outcomes: Required<NonNullable<OutcomesOptions['outcomes']>>;
  reconcile: Required<NonNullable<OutcomesOptions['reconcile']>>;
};

/** The token of the resolved options. */
export const OUTCOMES_OPTIONS = Symbol('PASS2PAY_OUTCOMES_OPTIONS');

const OUTCOMES: ResolvedOutcomesOptions['outcomes'] = { leaseMs: 30_000, busyWaitMs: 15_000 };

const RECONCILE: ResolvedOutcomesOptions['reconcile'] = {
  enabled: true,
  afterMs: 540_000,
  everyMs: 60_000,
  maxDelayMs: 3_600_000,
  perMinute: 30,
  batchSize: 500,
  recheckPaidDays: 0,
};

export const outcomesOptions: OptionsRoom<OutcomesOptions, ResolvedOutcomesOptions> = {
  type: OutcomesOptions,
  resolve: (options) => ({
    ...options,
    outcomes: Object.freeze({ ...OUTCOMES, ...setMembers(options.outcomes) }),
    reconcile: Object.freeze({ ...RECONCILE, ...setMembers(options.reconcile) }),
  }),
};

function reconcileOptions(value: unknown): string | undefined {
  if (!isObject(value)) return 'must be an object, e.g. { everyMs: 60000 }';
  const { enabled, ...rest } = value as Record<string, unknown>;
  if (enabled !== undefined && typeof enabled !== 'boolean') return 'has a member enabled that must be true or false';
  return numbers({
    afterMs: [0, 86_400_000],
    everyMs: [10, 86_400_000],
    maxDelayMs: [10, 86_400_000],
    perMinute: [1, 100_000],
    batchSize: [1, 100_000],
    recheckPaidDays: [0, 3_650],
  })(rest);
}
