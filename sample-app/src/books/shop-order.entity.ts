import { Column, Entity, PrimaryGeneratedColumn, VersionColumn } from 'typeorm';
import { asMilliseconds } from './as-milliseconds.js';

export type ShopOrderState = 'new' | 'paid' | 'failed' | 'closed' | 'refunded';

/** The states in which an order can be paid, if need be by another order at the gateway. */
export const UNPAID: ShopOrderState[] = ['new', 'failed', 'closed'];

/**
 * Why a new order has no cashier page: the gateway could not be reached, or refused it, and in both cases made nothing;
 * or `unknown`: it may have the order or not.
 */
export type OpeningTrouble = 'unreachable' | 'refused' | 'unknown';

/** An order as the shop knows it. */
@Entity('shop_order')
export class ShopOrder {
  @PrimaryGeneratedColumn()
  id!: number;

  /** The number by which the gateway knows the order that can be paid, or was: another one once that has closed unpaid. */
  @Column('varchar', { length: 30, nullable: true, unique: true })
  mchOrderNo!: string | null;

  /** Whoever knows it may see the order: it is the address of the order's page. */
  @Column('varchar', { length: 22, unique: true })
  viewToken!: string;

  /**
   * Made with the checkout form: as it is unique here, a form that is sent twice makes one order; and the key of the module's
   * checkout, which has one open order for it at the gateway.
   */
  @Column('varchar', { length: 22, unique: true })
  checkoutKey!: string;

  /** The catalogue's id of what was bought. */
  @Column('varchar', { length: 30 })
  productId!: string;

  /** Minor units: 8800 is 88.00 yuan. */
  @Column('int')
  amount!: number;

  @Column('varchar', { length: 3 })
  currency!: string;

  @Column('varchar', { length: 8, default: 'new' })
  state!: ShopOrderState;

  /** Whether the payment came after the gateway had said that none would. */
  @Column('boolean', { default: false })
  late!: boolean;

  @Column('varchar', { length: 11, nullable: true })
  trouble!: OpeningTrouble | null;

  /** What somebody is to look at: how the gateway's last genuine message did not fit, as `amount is 1, not 100310`, or a second payment. */
  @Column('text', { nullable: true })
  mismatch!: string | null;

  /** The gateway's number of the order, once it has one. */
  @Column('varchar', { length: 40, nullable: true })
  payOrderId!: string | null;

  /** Where the customer pays. */
  @Column('text', { nullable: true })
  cashierUrl!: string | null;

  /** Until when the gateway takes the payment. */
  @Column('bigint', { nullable: true, transformer: asMilliseconds })
  expiresAt!: Date | null;

  @Column('bigint', { nullable: true, transformer: asMilliseconds })
  paidAt!: Date | null;

  @Column('varchar', { length: 64 })
  custNo!: string;

  /** When the customer signed up. */
  @Column('bigint', { transformer: asMilliseconds })
  registerTime!: Date;

  /** The payer's name. */
  @Column('varchar', { length: 64, nullable: true })
  userName!: string | null;

  /** The payer's mobile number. */
  @Column('varchar', { length: 21, nullable: true })
  mbrTel!: string | null;

  /** The payer's ID number: only the gateway needs it, so it is kept until the gateway has it, and no longer. */
  @Column('varchar', { length: 18, nullable: true })
  idNo!: string | null;

  /** When the shop took the order. */
  @Column('bigint', { transformer: asMilliseconds })
  createdAt!: Date;

  /** Counts the changes of the row. */
  @VersionColumn()
  version!: number;
}
