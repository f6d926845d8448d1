import type { Life } from '../life.js';
import type { ShopOrder } from '../shop-order.js';
import type { Store, StoreHost, StoreInUse } from './store.js';

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

  disconnect(): void {}
}
