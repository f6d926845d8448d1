import { BadRequestException, Injectable, Logger, NotFoundException } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import {
  CashierOrderPipe,
  CashierService,
  Pass2PayError,
  Pass2PayValidationError,
  type CashierOrder,
  type CreateCashierOrderDto,
  type ValidationIssue,
} from 'nestjs-pass2pay';
import { IsNull, Repository } from 'typeorm';
import { ShopOrder, type OpeningTrouble } from '../books/shop-order.entity.js';
import { CURRENCY, type Product } from '../catalogue/products.js';
import { publicUrl } from '../public-url.js';
import { DEMO_CUSTOMER } from './demo-customer.js';
import { openingTrouble } from './opening-trouble.js';
import { newOrderNumber } from './order-number.js';
import { randomToken } from './random-token.js';

/** Who pays, as far as the customer says. */
export type Payer = Pick<CreateCashierOrderDto, 'userName' | 'mbrTel' | 'idNo'>;

/** Takes orders, opens cashier pages for them, and finds them again. */
@Injectable()
export class OrdersService {
  private readonly logger = new Logger(OrdersService.name);
  private readonly publicUrl: string;

  constructor(
    @InjectRepository(ShopOrder) private readonly orders: Repository<ShopOrder>,
    private readonly cashier: CashierService,
    private readonly cashierOrders: CashierOrderPipe,
    config: ConfigService,
  ) {
    this.publicUrl = publicUrl(config);
  }

  /** What the module would refuse of an order with this payer; nothing is written down or sent. */
  faults(payer: Payer): readonly ValidationIssue[] {
    try {
      this.cashierOrders.transform({ mchOrderNo: newOrderNumber(), amount: 1, ...DEMO_CUSTOMER, ...payer });
      return [];
    } catch (error) {
      // The pipe answers a JSON API: a form wants the faults by field, which are in the answer's cause.
      const cause = error instanceof BadRequestException ? error.cause : undefined;
      if (cause instanceof Pass2PayValidationError) return cause.issues;
      throw error;
    }
  }

  /**
   * Writes the order down; the customer may then be sent to a cashier page (`open`). In this order: whatever becomes of
   * the process, a customer never pays for an order that the shop does not know.
   *
   * @param idempotencyKey where an order was made with it before, that order is given out, and none made.
   */
  async place({ id, amount }: Product, payer: Payer = {}, idempotencyKey = randomToken()): Promise<ShopOrder> {
    const order = {
      mchOrderNo: newOrderNumber(),
      viewToken: randomToken(),
      idempotencyKey,
      productId: id,
      amount,
      currency: CURRENCY,
      ...DEMO_CUSTOMER,
      ...payer,
      createdAt: new Date(),
    };
    await this.orders.createQueryBuilder().insert().values(order).orIgnore().updateEntity(false).execute();
    return this.orders.findOneByOrFail({ idempotencyKey });
  }

  /**
   * Opens a cashier page for a new order, or gives out the one that it has. To be repeated after an error: it goes by
   * the order's one number, so there is never a second order at the gateway.
   *
   * @throws Pass2PayError when no cashier page could be opened; the order says why (`trouble`). It may be at the gateway
   * all the same, until the module has found out.
   */
  async open(order: ShopOrder): Promise<ShopOrder> {
    const { mchOrderNo, amount, currency, custNo, registerTime, userName, mbrTel, idNo } = order;
    if (order.state !== 'new' || order.cashierUrl !== null) return order;
    try {
      const opened = await this.cashier.createOrder({
        mchOrderNo,
        amount,
        currency,
        custNo,
        registerTime,
        ...(userName && { userName }),
        ...(mbrTel && { mbrTel }),
        ...(idNo && { idNo }),
        returnUrl: `${this.publicUrl}/result/${order.viewToken}`,
      });
      await this.keep(mchOrderNo, opened);
    } catch (error) {
      if (!(error instanceof Pass2PayError)) throw error;
      this.logger.warn(`No cashier page for order ${mchOrderNo}: ${error.code}: ${error.message}`);
      await this.note(mchOrderNo, openingTrouble(error));
      throw error;
    }
    return this.orders.findOneByOrFail({ mchOrderNo });
  }

  /** @throws NotFoundException */
  async seen(viewToken: string): Promise<ShopOrder> {
    const order = await this.orders.findOneBy({ viewToken });
    if (order === null) throw new NotFoundException('There is no such order.');
    return order;
  }

  private async keep(mchOrderNo: string, { payOrderId, cashierUrl, expiresAt }: CashierOrder): Promise<void> {
    await this.orders.update({ mchOrderNo }, { payOrderId, cashierUrl, expiresAt, trouble: null, idNo: null });
  }

  /** Where another try has opened the cashier page meanwhile, there is no trouble. */
  private async note(mchOrderNo: string, trouble: OpeningTrouble): Promise<void> {
    await this.orders.update({ mchOrderNo, state: 'new', cashierUrl: IsNull() }, { trouble });
  }
}
