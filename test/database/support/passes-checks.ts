import { it } from '@jest/globals';
import { databaseChecks, type AdapterUnderTest } from '../../../sandbox/testing/index.js';

/** The tests of one `describe`: what every adapter must do. */
export function passesChecks<Tx>(adapter: AdapterUnderTest<Tx>): void {
  for (const { name, run } of databaseChecks(adapter)) it(name, run);
}
