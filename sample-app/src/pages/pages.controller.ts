import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Header,
  HttpStatus,
  NotFoundException,
  Post,
  Query,
  Redirect,
  type HttpRedirectResponse,
} from '@nestjs/common';
import { findProduct } from '../catalogue.js';
import { OrdersService } from '../orders/orders.service.js';
import { cataloguePage, orderPage } from './pages.js';

/** What people see in the browser. */
@Controller()
export class PagesController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  catalogue(): string {
    return cataloguePage();
  }

  /** The buy button: takes the order, then leads to the cashier page. */
  @Post('buy')
  @Redirect()
  async buy(@Body('product') productId: unknown): Promise<HttpRedirectResponse> {
    const product = findProduct(productId);
    if (product === undefined) throw new BadRequestException('The shop does not sell this.');
    const { mchOrderNo, cashierUrl } = await this.orders.place(product);
    return { url: cashierUrl ?? `/thanks?order=${mchOrderNo}`, statusCode: HttpStatus.SEE_OTHER };
  }

  /** Where the customer comes back to. That proves nothing, so it shows what the shop's own books say. */
  @Get('thanks')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  async thanks(@Query('order') mchOrderNo: unknown): Promise<string> {
    if (typeof mchOrderNo !== 'string') throw new NotFoundException('Which order?');
    return orderPage(await this.orders.find(mchOrderNo));
  }
}
