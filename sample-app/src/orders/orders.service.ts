import { Injectable, NotFoundException } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import { CashierService, OrderState } from 'nestjs-pass2pay';
import { Repository } from 'typeorm';
import { ShopOrder } from '../books/shop-order.entity.js';
import { ShopTransactions } from '../books/shop-transactions.js';
import { CURRENCY, type Product } from '../catalogue.js';
import { publicUrl } from '../public-url.js';
import { DEMO_CUSTOMER } from './demo-customer.js';
import { newOrderNumber } from './order-number.js';

export interface PlacedOrder {
  mchOrderNo: string;
  /** The page to send the customer to; undefined where the payment failed at once. */
  cashierUrl?: string;
  expiresAt: Date;
}

/** Takes orders and finds them again. */
@Injectable()
export class OrdersService {
  constructor(
    @InjectRepository(ShopOrder) private readonly orders: Repository<ShopOrder>,
    private readonly transactions: ShopTransactions,
    private readonly cashier: CashierService,
    private readonly config: ConfigService,
  ) {}

  /**
   * Writes the order down, then opens a cashier page for it. In this order: whatever becomes of the process, a customer
   * never pays for an order that the shop does not know.
   *
   * @throws Pass2PayError when no cashier page could be opened. The order stays: it may be at the gateway all the same,
   * so the reconciler asks about it.
   */
  async place(product: Product): Promise<PlacedOrder> {
    const mchOrderNo = newOrderNumber();
    const order = { mchOrderNo, amount: product.amount, currency: CURRENCY, ...DEMO_CUSTOMER };
    await this.transactions.run((books) =>
      books.insert(ShopOrder, { ...order, productId: product.id, createdAt: new Date() }),
    );
    const returnUrl = `${publicUrl(this.config)}/thanks?order=${mchOrderNo}`;
    const { payOrderId, state, cashierUrl, expiresAt } = await this.cashier.createOrder({ ...order, returnUrl });
    await this.transactions.run(async (books) => {
      await books.update(ShopOrder, { mchOrderNo }, { payOrderId });
      if (state === OrderState.Failed) {
        await books.update(ShopOrder, { mchOrderNo, state: 'new' }, { state: 'failed' });
      }
    });
    return { mchOrderNo, cashierUrl, expiresAt };
  }

  /** @throws NotFoundException */
  async find(mchOrderNo: string): Promise<ShopOrder> {
    const order = await this.orders.findOneBy({ mchOrderNo });
    if (order === null) throw new NotFoundException(`There is no order ${mchOrderNo}.`);
    return order;
  }
}
