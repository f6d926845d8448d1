import { Injectable, Logger } from '@nestjs/common';
import { OnMismatch, OnPayment, OrderState, type Mismatch, type PaymentOutcome } from 'nestjs-pass2pay';
import { In, Not, type EntityManager } from 'typeorm';
import { ShopOrder, UNPAID, type ShopOrderState } from '../books/shop-order.entity.js';
import { OrderNews } from './order-news.js';

/**
 * Brings what the gateway tells of an order into the shop's own books: by `tx`, in the transaction in which the module
 * remembers it. So each outcome changes them once, in the order of states, whatever dies.
 */
@Injectable()
export class FulfilmentService {
  private readonly logger = new Logger(FulfilmentService.name);

  constructor(private readonly news: OrderNews) {}

  /**
   * A payment wins over failure and closing. Where it is late, what was done for the unpaid order, such as giving the goods to
   * somebody else, is to be looked at; and so is a second payment of the order, by a page that was open before.
   */
  @OnPayment(OrderState.Success)
  async markPaid(payment: PaymentOutcome, tx: EntityManager): Promise<void> {
    const { mchOrderNo, checkoutKey, duplicateOf, late } = payment;
    if (duplicateOf !== undefined) {
      await tx.update(ShopOrder, { checkoutKey }, { mismatch: `paid twice: give ${mchOrderNo} back` });
      return;
    }
    const paidAt = new Date(payment.successTime ?? Date.now());
    await settle(payment, tx, UNPAID, { mchOrderNo, state: 'paid', paidAt, late });
  }

  @OnPayment(OrderState.Failed)
  async markFailed(payment: PaymentOutcome, tx: EntityManager): Promise<void> {
    await end(payment, tx, 'failed');
  }

  @OnPayment(OrderState.Closed, OrderState.Cancelled)
  async markClosed(payment: PaymentOutcome, tx: EntityManager): Promise<void> {
    await end(payment, tx, 'closed');
  }

  /** The gateway's operator can give the money back without asking the shop. */
  @OnPayment(OrderState.Refunded)
  async markRefunded(payment: PaymentOutcome, tx: EntityManager): Promise<void> {
    const { mchOrderNo, checkoutKey } = payment;
    // A second payment that was given back.
    if (await tx.existsBy(ShopOrder, { checkoutKey, state: 'paid', mchOrderNo: Not(mchOrderNo) })) return;
    await settle(payment, tx, [...UNPAID, 'paid'], { state: 'refunded' });
  }

  /** Genuine, but not about the order that the shop has: nothing else hears of it. */
  @OnMismatch()
  async markMismatch({ event, differences }: Mismatch, tx: EntityManager): Promise<void> {
    await tx.update(ShopOrder, { mchOrderNo: event.data.mchOrderNo }, { mismatch: differences.join('; ') });
  }

  /** What an open page has shown cannot be rolled back, so it hears of the order after the commit. So would a mail. */
  @OnPayment({ after: 'commit' })
  announce({ mchOrderNo, checkoutKey, state }: PaymentOutcome): void {
    this.logger.log(`Order ${mchOrderNo}: ${OrderState[state]}`);
    this.news.announce(checkoutKey);
  }
}

/** The order that can be paid has ended: not one that another has replaced since. */
async function end(
  { mchOrderNo, checkoutKey, payOrderId }: PaymentOutcome,
  tx: EntityManager,
  state: 'failed' | 'closed',
): Promise<void> {
  await tx.update(ShopOrder, { checkoutKey, mchOrderNo, state: 'new' }, { state, payOrderId });
}

/** @throws Error where the order is in none of the states `from`: nothing is then changed, and the module keeps the outcome. */
async function settle(
  { mchOrderNo, checkoutKey, payOrderId }: PaymentOutcome,
  tx: EntityManager,
  from: ShopOrderState[],
  change: Partial<ShopOrder> & Pick<ShopOrder, 'state'>,
): Promise<void> {
  const { affected } = await tx.update(ShopOrder, { checkoutKey, state: In(from) }, { ...change, payOrderId });
  if (affected !== 1)
    throw new Error(`Order ${mchOrderNo} cannot become ${change.state}: the books have none that could.`);
}
