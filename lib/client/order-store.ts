import type { Pass2PayError } from '../errors/pass2pay.errors.js';

/** An order or transfer to create. */
export interface NewOrder {
  kind: 'payment' | 'transfer';
  mchNo: string;
  appId: string;
  mchOrderNo: string;
  /** Minor units. */
  amount: number;
  currency: string;
  /** The merchant's customer number. */
  custNo: string;
  /** The key of its checkout. */
  checkoutKey?: string | undefined;
  /** How long the gateway keeps it open after it is sent, in s; 0 for a transfer, which does not expire. */
  expiresInS: number;
}

/**
 * The result of an order's create. `creating`: in progress or, once `creating_until` has passed, abandoned by its
 * process; `unknown`: it may or may not exist; `never-made`: the gateway did not know it a day after it would have
 * expired.
 */
export type OrderStatus = 'creating' | 'created' | 'refused' | 'unknown' | 'never-made';

/** The part of a create's result that a store keeps. */
export interface CreateResponse {
  state: number;
  /** When the order expires at the gateway; transfers do not expire. */
  expiresAt?: Date;
}

/** What a store knows about a number when its create starts, and so what the create may do. */
export type CreateStart =
  /** The order does not exist: send it. */
  | { known: 'nothing'; lease?: CreateLease }
  /** An earlier create may have created it: query it, and send it only if the gateway does not know it. */
  | { known: 'unknown'; lease?: CreateLease }
  /** It exists and is never sent again. `response`: the JSON of its create's result; if stored, no query is needed. */
  | { known: 'created'; response?: string };

/** The lease of a create on a number, so that no two creates send it at once. */
export interface CreateLease {
  /** In ms since 1970. Identifies one create of a number. */
  until: number;
  /** Deadline of the create, by `performance.now()`: before the lease ends. */
  endsAt: number;
}

/** The result of a create. */
export type CreateResult =
  /** It exists, according to the response or, if that was lost, a query. It may have any state. */
  | {
      status: 'created';
      /** payOrderId or transferId. */
      gatewayId: string;
      response: CreateResponse;
    }
  /** This create made no order: it was refused or never sent, or the number belongs to another order. */
  | { status: 'refused'; error: Pass2PayError }
  /** It may or may not exist. */
  | { status: 'unknown'; error: unknown };

/** Stores creates, so that none is lost when the process ends before the response arrives. */
export interface OrderStore {
  /**
   * Stores an order before its create is sent, or joins an existing create. If it throws, nothing is sent, and the
   * create throws the same error.
   *
   * @param signal aborts waiting for another create of the number
   */
  creating(order: NewOrder, signal?: AbortSignal): Promise<CreateStart>;
  /**
   * Stores the result of the create. If it throws, the create's result does not change and a warning is logged; the
   * order is then treated as if its process had ended, and must be queried.
   */
  settled(order: NewOrder, result: CreateResult, start: CreateStart): Promise<void>;
}

/** The ports of creates, all optional. */
export interface CreatePorts {
  store?: OrderStore;
  /** Logs a port's failure after the gateway's response. */
  warn?: (message: string) => void;
}
