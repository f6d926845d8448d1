import { Column, Entity, PrimaryGeneratedColumn, VersionColumn, type ValueTransformer } from 'typeorm';

export type ShopOrderState = 'new' | 'paid' | 'failed' | 'closed';

/** Milliseconds since 1970 in the database: the same on SQLite and PostgreSQL, in every time zone. */
const asMilliseconds: ValueTransformer = {
  to: (time: Date | null | undefined) => time?.getTime() ?? time,
  from: (time: string | number | null) => (time === null ? null : new Date(Number(time))),
};

/** An order as the shop knows it; this table is the one source of truth. */
@Entity('shop_order')
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

  /** Counts the changes of the row. */
  @VersionColumn()
  version!: number;
}
