import { BadRequestException, Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { ShopOrder } from '../books/shop-order.entity.js';
import { CATALOGUE, findProduct } from '../catalogue/products.js';
import { OrdersService } from './orders.service.js';

/** What a customer may see of an order. */
export type OrderView = Pick<
  ShopOrder,
  'mchOrderNo' | 'productId' | 'amount' | 'currency' | 'state' | 'late' | 'payOrderId' | 'paidAt'
>;

/** An order that was taken. */
export interface PlacedOrder {
  /** The gateway's name of it, until another order takes its place. */
  mchOrderNo: string;
  /** What to ask for the order with; nobody else knows it. */
  viewToken: string;
  /** The page to send the customer to; null where the payment failed at once. */
  cashierUrl: string | null;
  expiresAt: Date | null;
}

/** The shop for programs, such as its app on a phone. */
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
    const { mchOrderNo, viewToken, cashierUrl, expiresAt } = await this.orders.open(await this.orders.place(product));
    return { mchOrderNo: mchOrderNo!, viewToken, cashierUrl, expiresAt };
  }

  @Get(':viewToken')
  async show(@Param('viewToken') wanted: string): Promise<OrderView> {
    const { mchOrderNo, productId, amount, currency, state, late, payOrderId, paidAt } = await this.orders.seen(wanted);
    return { mchOrderNo, productId, amount, currency, state, late, payOrderId, paidAt };
  }
}
