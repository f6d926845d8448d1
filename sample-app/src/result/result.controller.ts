import {
  Controller,
  Get,
  HttpStatus,
  Param,
  Post,
  Redirect,
  Sse,
  UseFilters,
  UseGuards,
  type HttpRedirectResponse,
  type MessageEvent,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { WayToCashier } from '../checkout/way-to-cashier.js';
import { OrdersService } from '../orders/orders.service.js';
import { Page } from '../pages/page.decorator.js';
import { PageErrorFilter } from '../pages/page-error.filter.js';
import { SameOriginGuard } from '../pages/same-origin.guard.js';
import { InTheirLanguage } from '../texts/in-their-language.decorator.js';
import type { Texts } from '../texts/texts.js';
import { ResultStream } from './result-stream.js';
import { resultPage } from './result.page.js';

/**
 * What became of an order. The gateway sends the customer back here, with parameters that say how the payment went: they
 * prove nothing and are not looked at. The page shows what the shop's own books say.
 */
@Controller('result/:viewToken')
@UseGuards(SameOriginGuard)
export class ResultController {
  constructor(
    private readonly orders: OrdersService,
    private readonly stream: ResultStream,
    private readonly way: WayToCashier,
  ) {}

  @Get()
  @Page()
  async show(@Param('viewToken') viewToken: string, @InTheirLanguage() texts: Texts): Promise<string> {
    return resultPage(texts, await this.orders.seen(viewToken));
  }

  @Sse('events')
  @UseFilters(PageErrorFilter)
  async events(
    @Param('viewToken') viewToken: string,
    @InTheirLanguage() texts: Texts,
  ): Promise<Observable<MessageEvent>> {
    return this.stream.of(await this.orders.seen(viewToken), texts);
  }

  /** Once more to the cashier page, with the same order. */
  @Post('pay')
  @Redirect()
  @UseFilters(PageErrorFilter)
  async pay(@Param('viewToken') viewToken: string): Promise<HttpRedirectResponse> {
    const url = await this.way.from(await this.orders.seen(viewToken));
    return { url, statusCode: HttpStatus.SEE_OTHER };
  }
}
