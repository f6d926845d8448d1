import { BadRequestException, Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { ShopOrder } from '../books/shop-order.entity.js';
import { CATALOGUE, findProduct } from '../catalogue.js';
import { OrdersService, type PlacedOrder } from './orders.service.js';

/** What a customer may see of an order. */
export type OrderView = Pick<
  ShopOrder,
  'mchOrderNo' | 'productId' | 'amount' | 'currency' | 'state' | 'payOrderId' | 'paidAt'
>;

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  /** Takes an order: `{ "product": "tea" }`. All else comes from the catalogue. */
  @Post()
  async place(@Body('product') productId: unknown): Promise<PlacedOrder> {
    const product = findProduct(productId);
    if (product === undefined) {
      throw new BadRequestException(`product must be one of ${CATALOGUE.map(({ id }) => id).join(', ')}`);
    }
    return this.orders.place(product);
  }

  @Get(':mchOrderNo')
  async show(@Param('mchOrderNo') wanted: string): Promise<OrderView> {
    const { mchOrderNo, productId, amount, currency, state, payOrderId, paidAt } = await this.orders.find(wanted);
    return { mchOrderNo, productId, amount, currency, state, payOrderId, paidAt };
  }
}
