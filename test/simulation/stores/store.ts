import type { Pass2PayOptions } from '../../../lib/pass2pay.options.js';
import type { Life } from '../life.js';
import type { ShopOrder } from '../shop-order.js';
import type { Wires } from '../wires.js';

/** What a store needs of the simulation that it is used in. */
export interface StoreHost {
  readonly wires: Wires;
  orders(): Iterable<ShopOrder>;
  lastApplied(order: ShopOrder, state: number | undefined): void;
  /** The effect of a handler is committed. */
  takesEffect(life: Life, order: ShopOrder, state: number): void;
  demand(holds: boolean, message: string): void;
}

/** Where the processes of one simulation remember what was applied. */
export interface StoreInUse {
  optionsFor(life: Life): Pick<Pass2PayOptions, 'inbox' | 'database'>;
  /** Takes the effect of a handler; with `tx`, when that commits. */
  takeEffect(life: Life, order: ShopOrder, state: number, tx: unknown): Promise<unknown>;
  /** The states of an order that are kept, to be applied by whoever finds them. */
  keptStates(order: ShopOrder): readonly number[];
  /** The leases that a process has in it end early. */
  endLeases(life: Life): void;
  /** A process stands still, and prolongs no lease meanwhile. */
  standsStill(life: Life, ms: number): void;
  /** The connections of a process are gone. */
  disconnect(life: Life): void;
}

/** What keeps the memory; empty at the beginning of each simulation. */
export interface Store {
  use(host: StoreHost): StoreInUse;
}
