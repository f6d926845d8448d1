import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { MessageEvent } from '@nestjs/common';
import { NEVER } from 'rxjs';
import { ShopOrder } from '../src/books/shop-order.entity.js';
import type { OrderNews } from '../src/orders/order-news.js';
import type { OrdersService } from '../src/orders/orders.service.js';
import { ResultStream } from '../src/result/result-stream.js';
import { EN } from '../src/texts/en.js';

describe('the stream of a result', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('has a heartbeat every 15 s, and finds what no news told of within 2 s', async () => {
    const order = Object.assign(new ShopOrder(), { state: 'new', cashierUrl: 'https://cashier.example/', amount: 1 });
    Object.assign(order, { currency: 'cny', expiresAt: null, paidAt: null, late: false });
    const looks = jest.fn(async () => ({ ...order }));
    const news = { of: () => NEVER } as unknown as OrderNews;
    const stream = new ResultStream({ seen: looks } as unknown as OrdersService, news);

    const sent: MessageEvent[] = [];
    let isDone = false;
    stream.of(order, EN).subscribe({ next: (event) => sent.push(event), complete: () => (isDone = true) });
    await jest.advanceTimersByTimeAsync(31_000);
    expect(sent.map(({ comment, type }) => comment ?? type)).toEqual(['result', 'still here', 'still here']);

    order.state = 'paid';
    await jest.advanceTimersByTimeAsync(2_000);
    expect(sent.at(-1)).toMatchObject({ type: 'result', data: { kind: 'paid' } });
    expect(isDone).toBe(true);
    const asked = looks.mock.calls.length;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(looks).toHaveBeenCalledTimes(asked);
  });
});
