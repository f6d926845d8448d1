import { Column, Entity, PrimaryColumn } from 'typeorm';
import { asMilliseconds } from './as-milliseconds.js';
import type { ShopOrderState } from './shop-order.entity.js';

/** What the shop did because of a payment's outcome: written in the transaction in which it is done. */
@Entity('shop_effects')
export class ShopEffect {
  /** The module's name of the outcome: as it is unique here, no outcome can have its effect twice. */
  @PrimaryColumn('varchar', { length: 160 })
  idempotencyKey!: string;

  @Column('varchar', { length: 30 })
  mchOrderNo!: string;

  /** The state that the order was brought to. */
  @Column('varchar', { length: 6 })
  what!: ShopOrderState;

  @Column('bigint', { transformer: asMilliseconds })
  at!: Date;
}
