import type { Pass2PayError } from '../errors/pass2pay.errors.js';
import type { CashierOrder } from './cashier-order.dto.js';
import type { CreatedPayment } from './created-payment.dto.js';
import type { PaymentEvent } from './payment-event.js';

/** An order as it is to be made. */
export interface NewOrder {
  mchNo: string;
  appId: string;
  mchOrderNo: string;
  /** Minor units. */
  amount: number;
  currency: string;
}

/** What came of a create. */
export type CreateResult =
  /** The order exists, as the response says or, where that was lost, a query (`recovered`). Its state may be any. */
  | { status: 'created'; response: CashierOrder | CreatedPayment }
  /** This create made no order: it was refused, never sent, or the number is taken by another order. */
  | { status: 'refused'; error: Pass2PayError }
  /** The order may exist or not. */
  | { status: 'unknown'; error: unknown };

/** Where creates are written, so that none is forgotten when the process ends before the response comes. */
export interface OrderStore {
  /** Writes an order before its create is sent. Where it throws, nothing is sent, and the create throws the same. */
  creating(order: NewOrder): Promise<void>;
  /**
   * Writes what came of the create. Where it throws, the create ends as it would have, with a warning: the order is then
   * as if its process had ended, and must be queried.
   */
  settled(order: NewOrder, result: CreateResult): Promise<void>;
}

/** Where a create whose response says a state other than 0 and 1 hands it on, as the first that knows. */
export interface OutcomeSink {
  /**
   * Takes what a query says of the order; the create waits for it. Where it throws, the create ends as it would have, with
   * a warning: the notify, or the next query, says the same again.
   */
  deliver(event: PaymentEvent): Promise<unknown>;
}

/** Whom creates of orders tell; each may be left out. */
export interface OrderPorts {
  store?: OrderStore;
  sink?: OutcomeSink;
  /** Logs what a port failed to do after the gateway's response, and a pay data type that is not known. */
  warn?: (message: string) => void;
}
