import { it } from '@jest/globals';
import { databaseChecks, type AdapterUnderTest } from '../../../sandbox/testing/index.js';

/** The tests of one `describe`: what every adapter must do. Each has tables of its own, and some wait for the server. */
export function passesChecks<Tx>(adapter: AdapterUnderTest<Tx>): void {
  for (const { name, run } of databaseChecks(adapter)) it.concurrent(name, run);
}
