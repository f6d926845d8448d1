import { Injectable, Logger, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Reconciler } from 'nestjs-pass2pay';
import { LessThan, Repository } from 'typeorm';
import { ShopOrder } from '../books/shop-order.entity.js';
import type { AskResult } from '../texts/texts.js';

const PAGE_SIZE = 20;

export interface OrdersPage {
  orders: ShopOrder[];
  /** The id below which the next page begins; undefined on the last one. */
  olderThan?: number;
}

/** The books as the merchant reads them. */
@Injectable()
export class MerchantOrdersService {
  private readonly logger = new Logger(MerchantOrdersService.name);

  constructor(
    @InjectRepository(ShopOrder) private readonly orders: Repository<ShopOrder>,
    private readonly reconciler: Reconciler,
  ) {}

  /** The newest orders, or those with ids below `before`: pages that stay as they are while orders come in. */
  async page(before?: number): Promise<OrdersPage> {
    const found = await this.orders.find({
      ...(before !== undefined && { where: { id: LessThan(before) } }),
      order: { id: 'DESC' },
      take: PAGE_SIZE + 1,
    });
    const orders = found.slice(0, PAGE_SIZE);
    return { orders, ...(found.length > PAGE_SIZE && { olderThan: orders.at(-1)!.id }) };
  }

  /**
   * Asks the gateway how the order stands; what it tells goes the way of all news, into the books.
   *
   * @throws NotFoundException
   */
  async ask(mchOrderNo: string): Promise<AskResult> {
    if (!(await this.orders.existsBy({ mchOrderNo }))) throw new NotFoundException('There is no such order.');
    try {
      return (await this.reconciler.reconcileNow(mchOrderNo)) as AskResult;
    } catch (error) {
      this.logger.warn(`The gateway could not be asked about ${mchOrderNo}: ${(error as Error).message}`);
      return 'failed';
    }
  }
}
