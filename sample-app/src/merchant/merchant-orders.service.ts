import { Injectable, Logger, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Reconciler } from 'nestjs-pass2pay';
import { In, LessThan, Repository } from 'typeorm';
import { ShopEffect } from '../books/shop-effect.entity.js';
import { ShopMismatch } from '../books/shop-mismatch.entity.js';
import { ShopOrder } from '../books/shop-order.entity.js';
import type { AskResult } from '../texts/texts.js';

const PAGE_SIZE = 20;

/** An order with all that the books say of it. */
export interface OrderFile {
  order: ShopOrder;
  /** What was done because of its outcomes, oldest first. */
  effects: ShopEffect[];
  /** News of the gateway that did not fit it, oldest first. */
  mismatches: ShopMismatch[];
}

export interface OrdersPage {
  files: OrderFile[];
  /** The id below which the next page begins; undefined on the last one. */
  olderThan?: number;
}

/** The books as the merchant reads them. */
@Injectable()
export class MerchantOrdersService {
  private readonly logger = new Logger(MerchantOrdersService.name);

  constructor(
    @InjectRepository(ShopOrder) private readonly orders: Repository<ShopOrder>,
    @InjectRepository(ShopEffect) private readonly effects: Repository<ShopEffect>,
    @InjectRepository(ShopMismatch) private readonly mismatches: Repository<ShopMismatch>,
    private readonly reconciler: Reconciler,
  ) {}

  /** The newest orders, or those with ids below `before`: pages that stay as they are while orders come in. */
  async page(before?: number): Promise<OrdersPage> {
    const found = await this.orders.find({
      ...(before !== undefined && { where: { id: LessThan(before) } }),
      order: { id: 'DESC' },
      take: PAGE_SIZE + 1,
    });
    const shown = found.slice(0, PAGE_SIZE);
    const about = { mchOrderNo: In(shown.map(({ mchOrderNo }) => mchOrderNo)) };
    const effects = await this.effects.find({ where: about, order: { at: 'ASC' } });
    const mismatches = await this.mismatches.find({ where: about, order: { id: 'ASC' } });
    const files = shown.map((order) => ({
      order,
      effects: effects.filter(({ mchOrderNo }) => mchOrderNo === order.mchOrderNo),
      mismatches: mismatches.filter(({ mchOrderNo }) => mchOrderNo === order.mchOrderNo),
    }));
    return { files, ...(found.length > PAGE_SIZE && { olderThan: shown.at(-1)!.id }) };
  }

  /**
   * Asks the gateway how the order stands; what it tells goes the way of all news, into the books.
   *
   * @throws NotFoundException
   */
  async ask(mchOrderNo: string): Promise<AskResult> {
    if (!(await this.orders.existsBy({ mchOrderNo }))) throw new NotFoundException('There is no such order.');
    try {
      return await this.reconciler.reconcileNow(mchOrderNo);
    } catch (error) {
      this.logger.warn(`The gateway could not be asked about ${mchOrderNo}: ${(error as Error).message}`);
      return 'failed';
    }
  }
}
