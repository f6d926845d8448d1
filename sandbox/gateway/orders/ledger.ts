import type { EntryKind } from '../dialects/dialect.js';
import { collated } from './collation.js';
import { isFinal } from './order-state.js';

export interface LedgerEntry {
  readonly mchNo: string;
  readonly state: number;
}

/** The keys of a ledger's entries. */
export interface LedgerKeys<T> {
  /** The merchant's number: mchOrderNo, or mchRefundNo for a refund. */
  readonly number: (entry: T) => string;
  /** The gateway's ID: payOrderId, transferId, refundOrderId. */
  readonly id: (entry: T) => string;
}

/** There is no such order, transfer or refund, or several merchants have one with this number. */
export class UnknownOrderError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnknownOrderError';
  }

  static throw(kind: EntryKind, number: string, mchNo: string | undefined): never {
    const ofMerchant = mchNo === undefined ? '' : ` of merchant ${mchNo}`;
    throw new UnknownOrderError(
      `The sandbox has no ${kind} ${number}${ofMerchant}; ` +
        `sandbox.${kind}s() and GET /sandbox/${kind}s list the existing ones`,
    );
  }
}

/**
 * Orders, transfers or refunds by merchant and number, in order of creation, at most `limit` of them. Numbers are
 * compared as in the gateway's database.
 */
export class Ledger<T extends LedgerEntry> {
  private readonly entries = new Map<string, T>();
  private readonly byId = new Map<string, T>();
  private readonly limit: number;
  private readonly keys: LedgerKeys<T>;
  private readonly onEvicted: (entry: T) => void;

  constructor(limit: number, keys: LedgerKeys<T>, onEvicted: (entry: T) => void) {
    this.limit = limit;
    this.keys = keys;
    this.onEvicted = onEvicted;
  }

  /** Adds an entry. If the ledger is full, it removes the oldest final entry; if none is final, the oldest. */
  add(entry: T): void {
    if (this.entries.size >= this.limit) this.evict();
    this.entries.set(keyOf(entry.mchNo, this.keys.number(entry)), entry);
    this.byId.set(collated(this.keys.id(entry)), entry);
  }

  find(mchNo: string, number: string): T | undefined {
    return this.entries.get(keyOf(mchNo, number));
  }

  /** Finds an entry of the merchant by the gateway's ID. */
  findById(mchNo: string, id: string): T | undefined {
    const entry = this.byId.get(collated(id));
    return entry?.mchNo === mchNo ? entry : undefined;
  }

  /** The merchant's number of the entry with this gateway ID. */
  numberById(mchNo: string, id: string): string | undefined {
    const entry = this.findById(mchNo, id);
    return entry && this.keys.number(entry);
  }

  /** A gateway ID that no entry has. */
  unusedId(make: () => string): string {
    let id = make();
    while (this.byId.has(collated(id))) id = make();
    return id;
  }

  all(): T[] {
    return [...this.entries.values()];
  }

  /** @throws UnknownOrderError if several merchants have this number and no mchNo is given. */
  pick(number: string, mchNo?: string): T | undefined {
    if (mchNo !== undefined) return this.find(mchNo, number);
    const [first, second] = this.all().filter((entry) => collated(this.keys.number(entry)) === collated(number));
    if (first && second) {
      throw new UnknownOrderError(
        `${number} exists for the merchants ${first.mchNo} and ${second.mchNo}; pass the mchNo too`,
      );
    }
    return first;
  }

  private evict(): void {
    const oldest = this.firstFinal() ?? this.entries.values().next().value;
    if (!oldest) return;
    this.entries.delete(keyOf(oldest.mchNo, this.keys.number(oldest)));
    this.byId.delete(collated(this.keys.id(oldest)));
    this.onEvicted(oldest);
  }

  private firstFinal(): T | undefined {
    for (const entry of this.entries.values()) {
      if (isFinal(entry.state)) return entry;
    }
    return undefined;
  }
}

function keyOf(mchNo: string, number: string): string {
  return JSON.stringify([mchNo, collated(number)]);
}
