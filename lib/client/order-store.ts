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
  /** The merchant's own number of the customer. */
  custNo: string;
  /** The key of the checkout that it is made for. */
  checkoutKey?: string | undefined;
  /** How long the gateway keeps it open from its sending on, in s; 0 for a transfer, which does not expire. */
  expiresInS: number;
}

/**
 * What came of an order's create. `creating`: it is under way, or its process has ended, once `creating_until` has passed;
 * `unknown`: it may exist or not; `never-made`: the gateway did not know it a day after it would have expired.
 */
export type OrderStatus = 'creating' | 'created' | 'refused' | 'unknown' | 'never-made';

/** What a create gives out, as far as a store keeps it. */
export interface CreateResponse {
  state: number;
  /** When the order expires at the gateway; a transfer does not. */
  expiresAt?: Date;
}

/** What a store knows of a number when its create begins, and with that what the create may do. */
export type CreateStart =
  /** There is no such order: it is to be sent. */
  | { known: 'nothing'; lease?: CreateLease }
  /** An earlier create may have made it: it is to be queried, and sent only where the gateway does not know it. */
  | { known: 'unknown'; lease?: CreateLease }
  /** It exists, and is never sent again. `response`: what its create gave out, as JSON; where it is kept, nothing is asked. */
  | { known: 'created'; response?: string };

/** For how long a number belongs to one create, so that no two send it at once. */
export interface CreateLease {
  /** In ms since 1970. It tells one create of a number from another. */
  until: number;
  /** When the create ends whatever it waits for, by `performance.now()`: before the lease does. */
  endsAt: number;
}

/** What came of a create. */
export type CreateResult =
  /** It exists, as the response says or, where that was lost, a query. Its state may be any. */
  | {
      status: 'created';
      /** payOrderId or transferId. */
      gatewayId: string;
      response: CreateResponse;
    }
  /** This create made none: it was refused, never sent, or the number is taken by another. */
  | { status: 'refused'; error: Pass2PayError }
  /** It may exist or not. */
  | { status: 'unknown'; error: unknown };

/** Where creates are written, so that none is forgotten when the process ends before the response comes. */
export interface OrderStore {
  /**
   * Writes an order before its create is sent, or joins it where it is there. Where it throws, nothing is sent, and the create
   * throws the same.
   *
   * @param signal ends the waiting for another create of the number
   */
  creating(order: NewOrder, signal?: AbortSignal): Promise<CreateStart>;
  /**
   * Writes what came of the create. Where it throws, the create ends as it would have, with a warning: the order is then
   * as if its process had ended, and must be queried.
   */
  settled(order: NewOrder, result: CreateResult, start: CreateStart): Promise<void>;
}

/** Whom creates tell; each may be left out. */
export interface CreatePorts {
  store?: OrderStore;
  /** Logs what a port failed to do after the gateway's response. */
  warn?: (message: string) => void;
}
