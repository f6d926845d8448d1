import { afterEach, beforeEach } from '@jest/globals';
import type { Place } from './places.js';
import { Shops } from './shops.js';

/** Before each test, opens a database and shops on it, and closes both after it. */
export function withShops(open: () => Place, give: (opened: { place: Place; shops: Shops }) => void): void {
  let opened: { place: Place; shops: Shops };

  beforeEach(async () => {
    const place = open();
    opened = { place, shops: await Shops.open(place) };
    give(opened);
  });

  afterEach(async () => {
    await opened.shops.close();
    await opened.place.close();
  });
}
