import { isFinal } from './order-state.js';

interface Entry {
  readonly mchNo: string;
  readonly mchOrderNo: string;
  readonly state: number;
}

/** No such order, or several merchants have one of this number. */
export class UnknownOrderError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnknownOrderError';
  }
}

/** Orders or transfers by merchant and mchOrderNo, in order of arrival, no more than `limit` of them. */
export class OrderLedger<T extends Entry> {
  private readonly entries = new Map<string, T>();
  private readonly byGatewayId = new Map<string, T>();
  private readonly limit: number;
  private readonly gatewayId: (entry: T) => string;
  private readonly onEvicted: (entry: T) => void;

  constructor(limit: number, gatewayId: (entry: T) => string, onEvicted: (entry: T) => void) {
    this.limit = limit;
    this.gatewayId = gatewayId;
    this.onEvicted = onEvicted;
  }

  /** Adds an entry. When there is no room, the oldest final entry goes; if none is final, the oldest. */
  add(entry: T): void {
    if (this.entries.size >= this.limit) this.evict();
    this.entries.set(keyOf(entry.mchNo, entry.mchOrderNo), entry);
    this.byGatewayId.set(this.gatewayId(entry), entry);
  }

  find(mchNo: string, mchOrderNo: string): T | undefined {
    return this.entries.get(keyOf(mchNo, mchOrderNo));
  }

  /** By payOrderId or transferId, among the merchant's own. */
  findById(mchNo: string, id: string): T | undefined {
    const entry = this.byGatewayId.get(id);
    return entry?.mchNo === mchNo ? entry : undefined;
  }

  /** A gateway id that no entry has. */
  unusedId(make: () => string): string {
    let id = make();
    while (this.byGatewayId.has(id)) id = make();
    return id;
  }

  all(): T[] {
    return [...this.entries.values()];
  }

  /** @throws UnknownOrderError when several merchants have this number and none is named. */
  pick(mchOrderNo: string, mchNo?: string): T | undefined {
    if (mchNo !== undefined) return this.find(mchNo, mchOrderNo);
    const [first, second] = this.all().filter((entry) => entry.mchOrderNo === mchOrderNo);
    if (first && second) {
      throw new UnknownOrderError(
        `${mchOrderNo} exists for the merchants ${first.mchNo} and ${second.mchNo}: name the mchNo as well`,
      );
    }
    return first;
  }

  private evict(): void {
    const oldest = this.firstFinal() ?? this.entries.values().next().value;
    if (!oldest) return;
    this.entries.delete(keyOf(oldest.mchNo, oldest.mchOrderNo));
    this.byGatewayId.delete(this.gatewayId(oldest));
    this.onEvicted(oldest);
  }

  private firstFinal(): T | undefined {
    for (const entry of this.entries.values()) {
      if (isFinal(entry.state)) return entry;
    }
    return undefined;
  }
}

function keyOf(mchNo: string, mchOrderNo: string): string {
  return JSON.stringify([mchNo, mchOrderNo]);
}
