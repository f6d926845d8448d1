import { Inject, Injectable } from '@nestjs/common';
import { MerchantDirectory } from '../merchants/merchant-directory.js';
import { differencesOf } from '../protocol/compare-terms.js';
import { isDocumentedState } from '../protocol/state-order.js';
import { OUTCOMES_OPTIONS, type ResolvedOutcomesOptions } from './outcomes.options.js';
import { identityOf, type OutcomeEvent } from './outcome.js';
import { findOwnOrder, type OwnOrder } from './read-merchant-orders.js';

/** An event that only `@OnMismatch` handlers get and that needs attention. */
export interface Mismatch {
  event: OutcomeEvent;
  /**
   * `differs`: from the merchant's order; `unknown-state`: the gateway reported an undocumented state, so it is unknown
   * whether money was paid.
   */
  reason: 'differs' | 'unknown-state';
  /** The merchant's own order; undefined without `merchantOrders`. */
  expected?: OwnOrder | undefined;
  /** The differences, such as `amount is 1, not 100` or `state 7 is not documented`. */
  differences: string[];
}

/** How an event compares with the merchant's order. */
export type Match =
  | { result: 'fits'; lastState: number | undefined }
  | { result: 'mismatch'; mismatch: Mismatch }
  | { result: 'unknown-order' };

/** Compares events with the merchant's order, if `MerchantOrders` is set. */
@Injectable()
export class OrderMatcher {
  constructor(
    private readonly merchants: MerchantDirectory,
    @Inject(OUTCOMES_OPTIONS) private readonly options: ResolvedOutcomesOptions,
  ) {}

  /** @throws Pass2PayMerchantOrdersError when the port fails or returns a value that cannot be compared. */
  async match(event: OutcomeEvent): Promise<Match> {
    const { merchantOrders } = this.options;
    const { kind, data } = event;
    let expected: OwnOrder | undefined;
    if (merchantOrders !== undefined) {
      const isMchNoRequired = this.merchants.onlyMchNo === undefined;
      expected = await findOwnOrder(merchantOrders, identityOf(event), { isMchNoRequired });
      if (expected === undefined) return { result: 'unknown-order' };
    }
    const differences = expected === undefined ? [] : differencesFrom(expected, event);
    if (differences.length > 0) {
      return { result: 'mismatch', mismatch: { event, reason: 'differs', expected, differences } };
    }
    if (!isDocumentedState(kind, data.state)) {
      const unknown = [`state ${String(data.state)} is not documented`];
      return { result: 'mismatch', mismatch: { event, reason: 'unknown-state', expected, differences: unknown } };
    }
    return { result: 'fits', lastState: expected?.lastState };
  }
}

function differencesFrom({ amount, currency, mchNo, appId, mchOrderNo }: OwnOrder, { data }: OutcomeEvent): string[] {
  const differences = differencesOf(data, { amount, currency, mchNo, appId });
  if (mchOrderNo !== undefined && mchOrderNo !== data.mchOrderNo.trimEnd()) {
    differences.push(`mchOrderNo is ${data.mchOrderNo}, not ${mchOrderNo}`);
  }
  return differences;
}
