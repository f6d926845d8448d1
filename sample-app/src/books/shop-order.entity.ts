import { Column, Entity, Index, PrimaryGeneratedColumn, VersionColumn } from 'typeorm';
import { asMilliseconds } from './as-milliseconds.js';

export type ShopOrderState = 'new' | 'paid' | 'failed' | 'closed';

/** An order as the shop knows it; this table is the one source of truth. */
@Entity('shop_order')
@Index(['state', 'createdAt'])
export class ShopOrder {
  @PrimaryGeneratedColumn()
  id!: number;

  /** The shop's number of the order, by which the gateway knows it too. */
  @Column('varchar', { length: 30, unique: true })
  mchOrderNo!: string;

  /** The catalogue's id of what was bought. */
  @Column('varchar', { length: 30 })
  productId!: string;

  /** Minor units: 8800 is 88.00 yuan. */
  @Column('int')
  amount!: number;

  @Column('varchar', { length: 3 })
  currency!: string;

  @Column('varchar', { length: 6, default: 'new' })
  state!: ShopOrderState;

  /** The gateway's number of the order, once it has one. */
  @Column('varchar', { length: 40, nullable: true })
  payOrderId!: string | null;

  @Column('bigint', { nullable: true, transformer: asMilliseconds })
  paidAt!: Date | null;

  @Column('varchar', { length: 64 })
  custNo!: string;

  /** When the customer signed up. */
  @Column('bigint', { transformer: asMilliseconds })
  registerTime!: Date;

  /** When the shop took the order. 0 for orders from before this column: the oldest. */
  @Column('bigint', { transformer: asMilliseconds, default: 0 })
  createdAt!: Date;

  /** Counts the changes of the row. */
  @VersionColumn()
  version!: number;
}
