import { ConflictException, Injectable, Logger, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { OnPayment, OrderState, PaymentOrder } from 'nestjs-pass2pay';
import { In, Repository } from 'typeorm';
import { ShopOrder, type ShopOrderState } from './shop-order.entity.js';

/** Brings what the gateway tells of an order into the shop's own books. */
@Injectable()
export class FulfilmentService {
  private readonly logger = new Logger(FulfilmentService.name);

  constructor(@InjectRepository(ShopOrder) private readonly orders: Repository<ShopOrder>) {}

  /** A payment wins over everything else: money can still come in for an order that was closed. */
  @OnPayment(OrderState.Success)
  async markPaid(payment: PaymentOrder): Promise<void> {
    const paidAt = new Date(payment.successTime ?? Date.now());
    await this.settle(payment, ['new', 'failed', 'closed'], { state: 'paid', paidAt });
  }

  @OnPayment(OrderState.Failed)
  async markFailed(payment: PaymentOrder): Promise<void> {
    await this.settle(payment, ['new'], { state: 'failed' });
  }

  @OnPayment(OrderState.Closed, OrderState.Cancelled)
  async markClosed(payment: PaymentOrder): Promise<void> {
    await this.settle(payment, ['new'], { state: 'closed' });
  }

  /**
   * One statement, and so one transaction, both checks the order and changes it: of several copies of the same news,
   * however they meet, one changes the row.
   *
   * @throws NotFoundException or ConflictException when the payment is not for an order of the shop. The gateway then
   * repeats the notify, and the log tells why.
   */
  private async settle(payment: PaymentOrder, from: ShopOrderState[], change: Partial<ShopOrder>): Promise<void> {
    const { mchOrderNo, payOrderId, amount } = payment;
    const currency = payment.currency.toLowerCase();
    const { affected } = await this.orders.update(
      { mchOrderNo, amount, currency, state: In(from) },
      { ...change, payOrderId },
    );
    if (affected === 1) {
      this.logger.log(`Order ${mchOrderNo} is ${change.state}`);
      return;
    }
    const order = await this.orders.findOneBy({ mchOrderNo });
    if (order === null) throw this.refusal(NotFoundException, `The shop has no order ${mchOrderNo}`);
    if (order.amount !== amount || order.currency !== currency) {
      const says = `The gateway says ${amount} ${currency} for order ${mchOrderNo}`;
      throw this.refusal(ConflictException, `${says}, the shop asked for ${order.amount} ${order.currency}`);
    }
    // Otherwise the order is there already: the same news again, or old news of an order that was paid since.
  }

  private refusal(Exception: new (message: string) => Error, reason: string): Error {
    this.logger.error(reason);
    return new Exception(reason);
  }
}
