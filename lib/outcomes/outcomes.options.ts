import { isObject, numbers, objectWith, setMembers } from '../validation/option-rules.js';
import type { OptionsRoom } from '../validation/options-room.js';
import { optional, Rule } from '../validation/rule.js';
import type { Inbox } from './inbox.js';
import type { MerchantOrders } from './merchant-orders.js';
import type { OutcomeQueue } from './outcome-queue.js';

/** How outcomes reach their handlers. */
export class OutcomesOptions {
  /**
   * The merchant's own orders: with it, an event must match the order, and orders that no notify has ended are queried. With
   * `database`, events are compared with the row that the create has written, the table's orders are queried, not those of
   * `pending`, and `find` is asked only before an order is adopted.
   */
  @Rule(optional(objectWith('find')))
  merchantOrders?: MerchantOrders;

  /** Where handled outcomes are remembered: this process's memory where left out. */
  @Rule(optional(objectWith('recall', 'claim', 'renew', 'complete', 'release')))
  inbox?: Inbox;

  /** A queue between the acknowledgement of an event and its handlers; without one, handlers run before it. */
  @Rule(optional(objectWith('add', 'start', 'close')))
  outcomeQueue?: OutcomeQueue;

  /**
   * How long a process that handles an outcome may be silent before another may take over, and how long an event of an order
   * waits while the order is handled elsewhere, both in ms. The gateway gives up on a notify after 20 s.
   */
  @Rule(optional(numbers({ leaseMs: [100, 3_600_000], busyWaitMs: [0, 19_000] })))
  outcomes?: { leaseMs?: number; busyWaitMs?: number } = {};

  /**
   * Querying orders that no notify has ended, where there is `database` or `merchantOrders`: from how long after their making (the
   * platform's last notify comes 450 s or 510 s after the payment), how often to look for them, the longest wait before one is
   * asked about again, all in ms; how many queries per minute are made for it; and how many orders one sweep looks at. The wait
   * doubles from `everyMs` on.
   *
   * With `database`, the orders are those of its table, waits are up to a tenth longer or shorter, and `perMinute` is the rate of
   * all processes of this instance's name together; without it, of this process. `recheckPaidDays`, with `database` only: for how
   * many days after its success a payment is queried once a day, so that a refund by Pass2Pay's operator reaches
   * `@OnPayment(OrderState.Refunded)`; 0 for not at all. It is about payments that succeed while it is set.
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

/** The options with every default filled in. */
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
  if (enabled !== undefined && typeof enabled !== 'boolean') return 'gives enabled a value that must be true or false';
  return numbers({
    afterMs: [0, 86_400_000],
    everyMs: [10, 86_400_000],
    maxDelayMs: [10, 86_400_000],
    perMinute: [1, 100_000],
    batchSize: [1, 100_000],
    recheckPaidDays: [0, 3_650],
  })(rest);
}
