import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { asMilliseconds } from './as-milliseconds.js';

/** Genuine news of the gateway that does not fit the shop's order: for somebody to look at. */
@Entity('shop_mismatches')
export class ShopMismatch {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('varchar', { length: 30 })
  mchOrderNo!: string;

  /** Such as `amount is 1, not 100310`. */
  @Column('text')
  differences!: string;

  @Column('bigint', { transformer: asMilliseconds })
  at!: Date;
}
