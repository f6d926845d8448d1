import { Inject, Injectable } from '@nestjs/common';
import { differencesOf } from '../protocol/compare-terms.js';
import { OUTCOMES_OPTIONS, type ResolvedOutcomesOptions } from './outcomes.options.js';
import type { ExpectedOrder } from './merchant-orders.js';
import type { OutcomeEvent } from './outcome.js';

/** An event that does not match the merchant's own order. */
export interface Mismatch {
  event: OutcomeEvent;
  expected: ExpectedOrder;
  /** What differs, such as `amount is 1, not 100`. */
  differences: string[];
}

/** Compares events with the merchant's own order, where the `MerchantOrders` is given. */
@Injectable()
export class OrderMatcher {
  constructor(@Inject(OUTCOMES_OPTIONS) private readonly options: ResolvedOutcomesOptions) {}

  /**
   * How the event differs from the merchant's own order, or that there is none; undefined where it fits, or where there are
   * no `merchantOrders`.
   */
  async mismatch(event: OutcomeEvent): Promise<Mismatch | 'unknown-order' | undefined> {
    const { merchantOrders } = this.options;
    if (merchantOrders === undefined) return undefined;
    const expected = await merchantOrders.find(event.data.mchOrderNo, event.kind);
    // Databases and maps say it either way.
    if (expected === null || expected === undefined) return 'unknown-order';
    const { amount, currency, mchNo, appId } = expected;
    const differences = differencesOf(event.data, { amount, currency, mchNo, appId });
    return differences.length === 0 ? undefined : { event, expected, differences };
  }
}
