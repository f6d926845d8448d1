import {
  Controller,
  Get,
  HttpStatus,
  Param,
  Post,
  Query,
  Redirect,
  UseFilters,
  UseGuards,
  type HttpRedirectResponse,
} from '@nestjs/common';
import { Page } from '../pages/page.decorator.js';
import { PageErrorFilter } from '../pages/page-error.filter.js';
import { SameOriginGuard } from '../pages/same-origin.guard.js';
import { InTheirLanguage } from '../texts/in-their-language.decorator.js';
import type { Texts } from '../texts/texts.js';
import { MerchantOrdersService } from './merchant-orders.service.js';
import { MerchantPasswordGuard } from './merchant-password.guard.js';
import { merchantPage } from './merchant.page.js';

/** The merchant's own view of all orders. */
@Controller('merchant/orders')
@UseGuards(MerchantPasswordGuard, SameOriginGuard)
@UseFilters(PageErrorFilter)
export class MerchantController {
  constructor(private readonly books: MerchantOrdersService) {}

  /** `asked` and `response` say what the button of an order came to. */
  @Get()
  @Page()
  async list(
    @Query() { before, asked, response }: Readonly<Record<'before' | 'asked' | 'response', unknown>>,
    @InTheirLanguage() texts: Texts,
  ): Promise<string> {
    const id = typeof before === 'string' && /^[1-9]\d{0,8}$/.test(before) ? Number(before) : undefined;
    return merchantPage(texts, { page: await this.books.page(id), isNewest: id === undefined, asked, response });
  }

  @Post(':mchOrderNo/ask')
  @Redirect()
  async ask(@Param('mchOrderNo') mchOrderNo: string): Promise<HttpRedirectResponse> {
    const response = await this.books.ask(mchOrderNo);
    const query = new URLSearchParams({ asked: mchOrderNo, response });
    return { url: `/merchant/orders?${query.toString()}`, statusCode: HttpStatus.SEE_OTHER };
  }
}
