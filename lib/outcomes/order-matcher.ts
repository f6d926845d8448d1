import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import type { ExpectedOrder } from './merchant-orders.js';
import type { OutcomeEvent } from './outcome.js';

/** News that does not fit the merchant's own order. */
export interface Mismatch {
  event: OutcomeEvent;
  booked: ExpectedOrder;
  /** What differs, such as `amount is 1, the order's is 100`. */
  differences: string[];
}

/** Compares news with the merchant's own order, where an `MerchantOrders` is given. */
@Injectable()
export class OrderMatcher {
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

  /**
   * How the news differs from the merchant's own order; undefined where it fits, or where there is no book.
   *
   * @throws ServiceUnavailableException when the book does not know the order: the news is to come again.
   */
  async mismatch(event: OutcomeEvent): Promise<Mismatch | undefined> {
    const { merchantOrders } = this.options;
    if (merchantOrders === undefined) return undefined;
    const { mchOrderNo } = event.data;
    const booked = await merchantOrders.find(mchOrderNo, event.kind);
    if (booked === null || booked === undefined) {
      throw new ServiceUnavailableException(`The order book does not know ${event.kind} ${mchOrderNo}.`);
    }
    const differences = differencesOf(event, booked);
    return differences.length === 0 ? undefined : { event, booked, differences };
  }
}

function differencesOf({ data }: OutcomeEvent, booked: ExpectedOrder): string[] {
  const differences: string[] = [];
  if (data.amount !== booked.amount) differences.push(`amount is ${data.amount}, the order's is ${booked.amount}`);
  if (data.currency.toLowerCase() !== booked.currency.toLowerCase()) {
    differences.push(`currency is ${data.currency}, the order's is ${booked.currency}`);
  }
  for (const name of ['mchNo', 'appId'] as const) {
    const own = booked[name];
    if (own !== undefined && own !== data[name]) differences.push(`${name} is ${data[name]}, the order's is ${own}`);
  }
  return differences;
}
