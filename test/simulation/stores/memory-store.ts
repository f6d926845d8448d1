import type { Life } from '../life.js';
import type { ShopOrder } from '../shop-order.js';
import type { Store, StoreHost, StoreInUse } from './store.js';

/** How long a lease of the module lasts, in ms, less what may have passed since it was prolonged. */
const LEASE_MS = 20_000;

/** Each process remembers for itself. */
export const memoryStore: Store = { use: (host) => new ProcessMemory(host) };

/** Effects are written where nothing is rolled back. */
export class ProcessMemory implements StoreInUse {
  constructor(protected readonly host: StoreHost) {}

  optionsFor(_life: Life): ReturnType<StoreInUse['optionsFor']> {
    return {};
  }

  takeEffect(life: Life, order: ShopOrder, state: number): Promise<unknown> {
    const what = `${life.name} fulfils state ${state} of ${order.key}`;
    return this.host.wires.step(life, what, () => this.host.takesEffect(life, order, state));
  }

  keptStates(): readonly number[] {
    return [];
  }

  endLeases(_life: Life): void {}

  /** What it does after that may overtake what it did before. */
  standsStill(life: Life, ms: number): void {
    if (ms < LEASE_MS) return;
    for (const order of this.host.orders()) {
      if ([...order.running].some((run) => run.life === life)) order.isTakenOver = true;
    }
  }

  disconnect(): void {}
}
