import { Injectable, Logger } from '@nestjs/common';
import { OnMismatch, OnPayment, OrderState, type Mismatch, type PaymentOutcome } from 'nestjs-pass2pay';
import { In } from 'typeorm';
import { ShopEffect } from '../books/shop-effect.entity.js';
import { ShopMismatch } from '../books/shop-mismatch.entity.js';
import { ShopOrder, type ShopOrderState } from '../books/shop-order.entity.js';
import { ShopTransactions } from '../books/shop-transactions.js';
import { OrderNews } from './order-news.js';

/** Brings what the gateway tells of an order into the shop's own books. */
@Injectable()
export class FulfilmentService {
  private readonly logger = new Logger(FulfilmentService.name);

  constructor(
    private readonly transactions: ShopTransactions,
    private readonly news: OrderNews,
  ) {}

  /** A payment wins over everything else: money can still come in for an order that was closed. */
  @OnPayment(OrderState.Success)
  async markPaid(payment: PaymentOutcome): Promise<void> {
    const paidAt = new Date(payment.successTime ?? Date.now());
    // What was done for the failed or closed order, such as giving the goods to somebody else, is to be looked at.
    const late = () => "state <> 'new'";
    await this.settle(payment, ['new', 'failed', 'closed'], { state: 'paid', paidAt, late });
  }

  @OnPayment(OrderState.Failed)
  async markFailed(payment: PaymentOutcome): Promise<void> {
    await this.settle(payment, ['new'], { state: 'failed' });
  }

  @OnPayment(OrderState.Closed, OrderState.Cancelled)
  async markClosed(payment: PaymentOutcome): Promise<void> {
    await this.settle(payment, ['new'], { state: 'closed' });
  }

  /** The module has logged it, and no order was touched. */
  @OnMismatch()
  async record({ event, differences }: Mismatch): Promise<void> {
    const { mchOrderNo } = event.data;
    await this.transactions.run((books) =>
      books.insert(ShopMismatch, { mchOrderNo, differences: differences.join('; '), at: new Date() }),
    );
  }

  /**
   * The module hands each outcome on once, and has compared it with the order. But a process that dies between this and
   * the note that it was handled makes the outcome come again: so the order and the effect of its change are written in
   * one transaction, and the second time changes nothing.
   */
  private async settle(
    { mchOrderNo, payOrderId, idempotencyKey }: PaymentOutcome,
    from: ShopOrderState[],
    change: Pick<ShopOrder, 'state'> & { paidAt?: Date; late?: () => string },
  ): Promise<void> {
    const isNews = await this.transactions.run(async (books) => {
      const changed = await books.update(ShopOrder, { mchOrderNo, state: In(from) }, { ...change, payOrderId });
      if (changed.affected !== 1) return false;
      // What a shop does, such as sending the parcel, it would put down in such a row, and do from there.
      const effect = { idempotencyKey, mchOrderNo, what: change.state, at: new Date() };
      await books.createQueryBuilder().insert().into(ShopEffect).values(effect).orIgnore().execute();
      return true;
    });
    if (!isNews) return;
    this.logger.log(`Order ${mchOrderNo} is ${change.state}`);
    await this.news.announce(mchOrderNo);
  }
}
