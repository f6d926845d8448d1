import type { Pass2PayError } from '../errors/pass2pay.errors.js';

/** An order or transfer as it is to be made. */
export interface NewOrder {
  kind: 'payment' | 'transfer';
  mchNo: string;
  appId: string;
  mchOrderNo: string;
  /** Minor units. */
  amount: number;
  currency: string;
}

/** What came of a create. */
export type CreateResult =
  /** It exists, as the response says or, where that was lost, a query. Its state may be any. */
  | {
      status: 'created';
      /** payOrderId or transferId. */
      gatewayId: string;
      state: number;
    }
  /** This create made none: it was refused, never sent, or the number is taken by another. */
  | { status: 'refused'; error: Pass2PayError }
  /** It may exist or not. */
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

/** Whom creates tell; each may be left out. */
export interface CreatePorts {
  store?: OrderStore;
  /** Logs what a port failed to do after the gateway's response. */
  warn?: (message: string) => void;
}
