import {
  BadRequestException,
  Body,
  Controller,
  Get,
  HttpStatus,
  NotFoundException,
  Param,
  Post,
  Redirect,
  Res,
  UseGuards,
  type HttpRedirectResponse,
} from '@nestjs/common';
import type { Response } from 'express';
import { findProduct, type Product } from '../catalogue/products.js';
import { OrdersService } from '../orders/orders.service.js';
import { isToken, randomToken } from '../orders/random-token.js';
import { Page } from '../pages/page.decorator.js';
import { SameOriginGuard } from '../pages/same-origin.guard.js';
import { InTheirLanguage } from '../texts/in-their-language.decorator.js';
import type { Texts } from '../texts/texts.js';
import { EMPTY_FORM, moduleFaults, payerOf, readForm, shopFaults } from './checkout-form.js';
import { checkoutPage } from './checkout.page.js';
import { WayToCashier } from './way-to-cashier.js';

/** From a product to the cashier page. */
@Controller('checkout')
@UseGuards(SameOriginGuard)
export class CheckoutController {
  constructor(
    private readonly orders: OrdersService,
    private readonly way: WayToCashier,
  ) {}

  /** Each form has a key of its own; one that the browser shows again, by going back, has the key that it had. */
  @Get(':product')
  @Page({ restorable: true })
  form(@Param('product') productId: string, @InTheirLanguage() texts: Texts): string {
    return checkoutPage(texts, { product: known(productId), checkoutKey: randomToken(), values: EMPTY_FORM });
  }

  /** Who asks for the address below, without sending a form, is looking for one. */
  @Get(':product/order')
  @Redirect()
  toForm(@Param('product') productId: string): HttpRedirectResponse {
    return { url: `/checkout/${known(productId).id}`, statusCode: HttpStatus.SEE_OTHER };
  }

  /**
   * However often the form is sent (a double click, a reload, a way back), its key makes one order. It is sent to an
   * address that is not the form's: a browser would forget the form that it has, key and all, and make a new one.
   */
  @Post(':product/order')
  @Page()
  async order(
    @Param('product') productId: string,
    @Body() body: { checkoutKey?: unknown } | undefined,
    @InTheirLanguage() texts: Texts,
    @Res() response: Response,
  ): Promise<void> {
    const product = known(productId);
    const checkoutKey = body?.checkoutKey;
    if (!isToken(checkoutKey)) throw new BadRequestException('The form has no key.');
    const values = readForm(body);
    const payer = payerOf(values);
    const faults = { ...moduleFaults(this.orders.faults(payer)), ...shopFaults(payer) };
    if (Object.keys(faults).length > 0) {
      response.status(200).send(checkoutPage(texts, { product, checkoutKey, values, faults }));
      return;
    }
    const order = await this.orders.place(product, payer, checkoutKey);
    response.redirect(303, await this.way.from(order));
  }
}

function known(productId: string): Product {
  const product = findProduct(productId);
  if (product === undefined) throw new NotFoundException('The shop does not sell this.');
  return product;
}
