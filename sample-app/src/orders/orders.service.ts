import { Injectable, Logger, NotFoundException } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import {
  CashierOrderPipe,
  CashierService,
  CheckoutDto,
  OrderState,
  Pass2PayAlreadyPaidError,
  Pass2PayError,
  Pass2PayValidationError,
  type CashierOrder,
  type ValidationIssue,
} from 'nestjs-pass2pay';
import { In, IsNull, Repository } from 'typeorm';
import { ShopOrder, UNPAID, type OpeningTrouble } from '../books/shop-order.entity.js';
import { CURRENCY, type Product } from '../catalogue/products.js';
import { publicUrl } from '../public-url.js';
import { DEMO_CUSTOMER } from './demo-customer.js';
import { openingTrouble } from './opening-trouble.js';
import { randomToken } from './random-token.js';

/** Who pays, as far as the customer says. */
export type Payer = Pick<CheckoutDto, 'userName' | 'mbrTel' | 'idNo'>;

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
      this.cashierOrders.read(CheckoutDto, { key: 'any', amount: 1, ...DEMO_CUSTOMER, ...payer });
      return [];
    } catch (error) {
      if (error instanceof Pass2PayValidationError) return error.issues;
      throw error;
    }
  }

  /**
   * Writes the order down; the customer may then be sent to a cashier page (`open`). In this order: whatever becomes of
   * the process, a customer never pays for an order that the shop does not know.
   *
   * @param checkoutKey where an order was made with it before, that order is given out, and none made.
   */
  async place({ id, amount }: Product, payer: Payer = {}, checkoutKey = randomToken()): Promise<ShopOrder> {
    const order = {
      viewToken: randomToken(),
      checkoutKey,
      productId: id,
      amount,
      currency: CURRENCY,
      ...DEMO_CUSTOMER,
      ...payer,
      createdAt: new Date(),
    };
    await this.orders.createQueryBuilder().insert().values(order).orIgnore().updateEntity(false).execute();
    return this.orders.findOneByOrFail({ checkoutKey });
  }

  /**
   * Gives out the order's cashier page, and opens one where there is none that can be paid. To be repeated as often as anybody
   * likes: the order's key has one open order at the gateway.
   *
   * @throws Pass2PayError when no cashier page could be opened; the order says why (`trouble`). It may be at the gateway
   * all the same, until the module has found out.
   */
  async open(order: ShopOrder): Promise<ShopOrder> {
    const { checkoutKey, amount, currency, custNo, registerTime, userName, mbrTel, idNo } = order;
    if (!UNPAID.includes(order.state)) return order;
    try {
      const opened = await this.cashier.checkout({
        key: checkoutKey,
        amount,
        currency,
        custNo,
        registerTime,
        ...(userName && { userName }),
        ...(mbrTel && { mbrTel }),
        ...(idNo && { idNo }),
        returnUrl: `${this.publicUrl}/result/${order.viewToken}`,
      });
      await this.keep(checkoutKey, opened);
    } catch (error) {
      if (!(error instanceof Pass2PayError)) throw error;
      // The handlers say so in the books, or are about to.
      if (error instanceof Pass2PayAlreadyPaidError) return this.orders.findOneByOrFail({ checkoutKey });
      this.logger.warn(`No cashier page for ${checkoutKey}: ${error.code}: ${error.message}`);
      await this.note(checkoutKey, { trouble: openingTrouble(error), mchOrderNo: error.mchOrderNo ?? null });
      throw error;
    }
    return this.orders.findOneByOrFail({ checkoutKey });
  }

  /** @throws NotFoundException */
  async seen(viewToken: string): Promise<ShopOrder> {
    const order = await this.orders.findOneBy({ viewToken });
    if (order === null) throw new NotFoundException('There is no such order.');
    return order;
  }

  /** An order that fails at once has no page, and may still be paid. */
  private async keep(checkoutKey: string, opened: CashierOrder): Promise<void> {
    const { mchOrderNo, payOrderId, cashierUrl = null, expiresAt } = opened;
    const state = opened.state === OrderState.Failed ? 'failed' : 'new';
    await this.orders.update(
      { checkoutKey, state: In(UNPAID) },
      { mchOrderNo, payOrderId, cashierUrl, expiresAt, state, trouble: null, idNo: null },
    );
  }

  /** Where another try has opened the cashier page meanwhile, there is no trouble. */
  private async note(
    checkoutKey: string,
    change: { trouble: OpeningTrouble; mchOrderNo: string | null },
  ): Promise<void> {
    await this.orders.update({ checkoutKey, state: 'new', cashierUrl: IsNull() }, change);
  }
}
