import type { EntryKind } from '../dialects/dialect.js';
import { collated } from './collation.js';
import { isFinal } from './order-state.js';

export interface LedgerEntry {
  readonly mchNo: string;
  readonly state: number;
}

/** How a ledger tells its entries apart. */
export interface LedgerKeys<T> {
  /** The merchant's own number: mchOrderNo, of a refund mchRefundNo. */
  readonly number: (entry: T) => string;
  /** The gateway's: payOrderId, transferId, refundOrderId. */
  readonly id: (entry: T) => string;
}

/** No such order, transfer or refund, or several merchants have one of this number. */
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
 * Orders, transfers or refunds by merchant and number, in order of arrival, no more than `limit` of them. Numbers are
 * compared as the gateway's database compares them.
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

  /** Adds an entry. When there is no room, the oldest final entry goes; if none is final, the oldest. */
  add(entry: T): void {
    if (this.entries.size >= this.limit) this.evict();
    this.entries.set(keyOf(entry.mchNo, this.keys.number(entry)), entry);
    this.byId.set(collated(this.keys.id(entry)), entry);
  }

  find(mchNo: string, number: string): T | undefined {
    return this.entries.get(keyOf(mchNo, number));
  }

  /** By the gateway's number, among the merchant's own. */
  findById(mchNo: string, id: string): T | undefined {
    const entry = this.byId.get(collated(id));
    return entry?.mchNo === mchNo ? entry : undefined;
  }

  /** The merchant's own number of what the gateway numbers so. */
  numberById(mchNo: string, id: string): string | undefined {
    const entry = this.findById(mchNo, id);
    return entry && this.keys.number(entry);
  }

  /** A gateway id that no entry has. */
  unusedId(make: () => string): string {
    let id = make();
    while (this.byId.has(collated(id))) id = make();
    return id;
  }

  all(): T[] {
    return [...this.entries.values()];
  }

  /** @throws UnknownOrderError when several merchants have this number and none is named. */
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
