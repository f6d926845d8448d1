import { BadGatewayException, Injectable, Logger, NotFoundException } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import { CashierService, OrderState, Pass2PayError, type CashierOrder } from 'nestjs-pass2pay';
import { Repository } from 'typeorm';
import { CURRENCY, type Product } from '../catalogue.js';
import { publicUrl } from '../public-url.js';
import { DEMO_CUSTOMER } from './demo-customer.js';
import { newOrderNumber } from './order-number.js';
import { ShopOrder } from './shop-order.entity.js';

export interface PlacedOrder {
  mchOrderNo: string;
  /** The page to send the customer to; undefined where the payment failed at once. */
  cashierUrl?: string;
  expiresAt: Date;
}

/** Takes orders and finds them again. */
@Injectable()
export class OrdersService {
  private readonly logger = new Logger(OrdersService.name);

  constructor(
    @InjectRepository(ShopOrder) private readonly orders: Repository<ShopOrder>,
    private readonly cashier: CashierService,
    private readonly config: ConfigService,
  ) {}

  /**
   * Writes the order down, then opens a cashier page for it. In this order: whatever becomes of the process, a customer
   * never pays for an order that the shop does not know.
   *
   * @throws BadGatewayException when no cashier page could be opened; the order stays, unpaid.
   */
  async place(product: Product): Promise<PlacedOrder> {
    const mchOrderNo = newOrderNumber();
    const order = { mchOrderNo, amount: product.amount, currency: CURRENCY, ...DEMO_CUSTOMER };
    await this.orders.insert({ ...order, productId: product.id });
    const returnUrl = `${publicUrl(this.config)}/thanks?order=${mchOrderNo}`;
    const { payOrderId, state, cashierUrl, expiresAt } = await this.openCashier({ ...order, returnUrl });
    await this.orders.update({ mchOrderNo }, { payOrderId });
    if (state === OrderState.Failed) await this.orders.update({ mchOrderNo, state: 'new' }, { state: 'failed' });
    return { mchOrderNo, cashierUrl, expiresAt };
  }

  /** @throws NotFoundException */
  async find(mchOrderNo: string): Promise<ShopOrder> {
    const order = await this.orders.findOneBy({ mchOrderNo });
    if (order === null) throw new NotFoundException(`There is no order ${mchOrderNo}.`);
    return order;
  }

  private async openCashier(order: Parameters<CashierService['createOrder']>[0]): Promise<CashierOrder> {
    try {
      return await this.cashier.createOrder(order);
    } catch (error) {
      if (!(error instanceof Pass2PayError)) throw error;
      this.logger.error(`No cashier page for order ${order.mchOrderNo}: ${error.message}`);
      throw new BadGatewayException(`The payment of order ${order.mchOrderNo} could not be started.`, { cause: error });
    }
  }
}
