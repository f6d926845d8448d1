import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import type { BookedOrder } from './order-book.js';
import type { News } from './outcome.js';

/** News that does not fit the merchant's own order. */
export interface Mismatch {
  news: News;
  booked: BookedOrder;
  /** What differs, such as `amount is 1, the order's is 100`. */
  differences: string[];
}

/** Compares news with the merchant's own order, where an `OrderBook` is given. */
@Injectable()
export class OutcomeBinding {
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

  /**
   * How the news differs from the merchant's own order; undefined where it fits, or where there is no book.
   *
   * @throws ServiceUnavailableException when the book does not know the order: the news is to come again.
   */
  async mismatch(news: News): Promise<Mismatch | undefined> {
    const { orderBook } = this.options;
    if (orderBook === undefined) return undefined;
    const { mchOrderNo } = news.about;
    const booked = await orderBook.find(mchOrderNo, news.kind);
    if (booked === null || booked === undefined) {
      throw new ServiceUnavailableException(`The order book does not know ${news.kind} ${mchOrderNo}.`);
    }
    const differences = differencesOf(news, booked);
    return differences.length === 0 ? undefined : { news, booked, differences };
  }
}

function differencesOf({ about }: News, booked: BookedOrder): string[] {
  const differences: string[] = [];
  if (about.amount !== booked.amount) differences.push(`amount is ${about.amount}, the order's is ${booked.amount}`);
  if (about.currency.toLowerCase() !== booked.currency.toLowerCase()) {
    differences.push(`currency is ${about.currency}, the order's is ${booked.currency}`);
  }
  for (const name of ['mchNo', 'appId'] as const) {
    const own = booked[name];
    if (own !== undefined && own !== about[name]) differences.push(`${name} is ${about[name]}, the order's is ${own}`);
  }
  return differences;
}
