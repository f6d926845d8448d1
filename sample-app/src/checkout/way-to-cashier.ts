import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Pass2PayError } from 'nestjs-pass2pay';
import type { ShopOrder } from '../books/shop-order.entity.js';
import { OrdersService } from '../orders/orders.service.js';
import { cashierOrigins } from '../pages/security-headers.js';

/** Where a customer who wants to pay is sent. */
@Injectable()
export class WayToCashier {
  private readonly origins: readonly string[];

  constructor(
    private readonly orders: OrdersService,
    config: ConfigService,
  ) {
    this.origins = cashierOrigins(config);
  }

  /**
   * To the cashier page; where there is none, to the order's own page, which says why and lets the customer try again
   * with the same order.
   */
  async from(order: ShopOrder): Promise<string> {
    const ownPage = `/result/${order.viewToken}`;
    try {
      const { state, cashierUrl } = await this.orders.open(order);
      const isThere = state === 'new' && cashierUrl !== null;
      // A browser follows a form to no other origin; the order's own page has a link.
      return isThere && this.origins.includes(new URL(cashierUrl).origin) ? cashierUrl : ownPage;
    } catch (error) {
      if (error instanceof Pass2PayError) return ownPage;
      throw error;
    }
  }
}
