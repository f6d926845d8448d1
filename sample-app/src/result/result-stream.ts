import { Injectable, type MessageEvent } from '@nestjs/common';
import { concatMap, distinctUntilChanged, map, merge, takeWhile, timer, type Observable } from 'rxjs';
import type { ShopOrder } from '../books/shop-order.entity.js';
import { OrderNews } from '../orders/order-news.js';
import { OrdersService } from '../orders/orders.service.js';
import type { Texts } from '../texts/texts.js';
import { isOver, resultKind, type ResultKind } from './result-kind.js';
import { resultNews } from './result.page.js';

/** How often an order is looked up although no news came, in ms: another process may have changed it. */
const LOOK_MS = 2_000;

/** How often a word is sent although nothing happens, in ms, so that no proxy takes the stream for dead. */
const HEARTBEAT_MS = 15_000;

/** What a browser is sent when its page is to change. */
export interface ResultEvent {
  kind: ResultKind;
  title: string;
  html: string;
  isOver: boolean;
}

/** Tells a page of an order what the shop's books say, now and whenever that has changed. */
@Injectable()
export class ResultStream {
  constructor(
    private readonly orders: OrdersService,
    private readonly news: OrderNews,
  ) {}

  /** Ends when nothing will change any more, or when the client goes. */
  of({ checkoutKey, viewToken }: ShopOrder, texts: Texts): Observable<MessageEvent> {
    const results = merge(timer(0, LOOK_MS), this.news.of(checkoutKey)).pipe(
      concatMap(() => this.orders.seen(viewToken)),
      distinctUntilChanged((before, now) => resultKind(before) === resultKind(now)),
      map((order): MessageEvent => ({ type: 'result', data: resultEvent(texts, order) })),
    );
    const heartbeats = timer(HEARTBEAT_MS, HEARTBEAT_MS).pipe(map((): MessageEvent => ({ comment: 'still here' })));
    return merge(results, heartbeats).pipe(takeWhile(({ data }) => !(data as ResultEvent | undefined)?.isOver, true));
  }
}

function resultEvent(texts: Texts, order: ShopOrder): ResultEvent {
  const kind = resultKind(order);
  const title = `${texts.result[kind].title} · ${texts.shop}`;
  return { kind, title, html: resultNews(texts, order).text, isOver: isOver(kind) };
}
