import { BROKEN_CONNECTION_CHECKS } from './broken-connection-checks.js';
import type { Check } from './check.js';
import { HANDLER_CHECKS } from './handler-checks.js';
import { STATEMENT_CHECKS } from './statement-checks.js';
import { Subject, type AdapterUnderTest } from './subject.js';
import { TRANSACTION_CHECKS } from './transaction-checks.js';

/** A check with its adapter, for any test runner. */
export interface DatabaseCheck {
  name: string;
  /** @throws AssertionError if the adapter does not do what the module needs. */
  run: () => Promise<void>;
}

const CHECKS: readonly Check[] = [
  ...STATEMENT_CHECKS,
  ...TRANSACTION_CHECKS,
  ...BROKEN_CONNECTION_CHECKS,
  ...HANDLER_CHECKS,
];

/**
 * What the module requires of an adapter for its option `database`, as checks against a real server: `for (const {
 * name, run } of databaseChecks(adapter)) it(name, run)`, with the `it` of Jest, Vitest or node:test. Each creates its
 * own table and drops it, and they may run in any order. The longest waits 2 s.
 */
export function databaseChecks<Tx>(adapter: AdapterUnderTest<Tx>): readonly DatabaseCheck[] {
  return CHECKS.filter((check) => isFor(check, adapter)).map((check) => ({
    name: check.name,
    run: () => runOn(adapter, check),
  }));
}

function isFor<Tx>({ needsPool = false, needsUrl = false }: Check, { poolSize, url }: AdapterUnderTest<Tx>): boolean {
  return (!needsPool || poolSize > 1) && (!needsUrl || url !== undefined);
}

async function runOn<Tx>(adapter: AdapterUnderTest<Tx>, { run }: Check): Promise<void> {
  const subject = await Subject.open(adapter);
  try {
    await run(subject);
  } finally {
    await subject.close();
  }
}
