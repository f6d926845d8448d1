import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import type { ExpectedOrder, MerchantOrders, OrderIdentity, PendingOrder } from 'nestjs-pass2pay';
import { LessThanOrEqual, Repository } from 'typeorm';
import { ShopOrder } from './shop-order.entity.js';

/** Shows the module the shop's orders: it compares news with them, and asks about those that nobody told the end of. */
@Injectable()
export class ShopMerchantOrders implements MerchantOrders {
  private readonly mchNo: string;
  private readonly appId: string;

  constructor(
    @InjectRepository(ShopOrder) private readonly orders: Repository<ShopOrder>,
    config: ConfigService,
  ) {
    this.mchNo = config.getOrThrow<string>('PASS2PAY_MCH_NO');
    this.appId = config.getOrThrow<string>('PASS2PAY_APP_ID');
  }

  /** The shop only takes payments, for one merchant, so the number alone names an order. */
  async find({ mchOrderNo }: OrderIdentity): Promise<ExpectedOrder | null> {
    const { mchNo, appId } = this;
    const order = await this.orders.findOneBy({ mchOrderNo });
    return order && { amount: order.amount, currency: order.currency, mchNo, appId, mchOrderNo: order.mchOrderNo };
  }

  async pending(before: Date, limit: number, skip: number): Promise<PendingOrder[]> {
    const { mchNo, appId } = this;
    const pending = await this.orders.find({
      select: { mchOrderNo: true },
      where: { state: 'new', createdAt: LessThanOrEqual(before) },
      order: { createdAt: 'ASC', id: 'ASC' },
      take: limit,
      skip,
    });
    return pending.map(({ mchOrderNo }) => ({ mchOrderNo, merchant: { mchNo, appId } }));
  }
}
