import assert from 'node:assert/strict';
import { CommitUnknownError } from 'nestjs-pass2pay/database';
import { BreakableProxy } from './breakable-proxy.js';
import type { Check } from './check.js';
import { failureOf, LIMITS, type OpenAdapter, type Subject } from './subject.js';

/** Broken connections and lost responses. */
export const BROKEN_CONNECTION_CHECKS: readonly Check[] = [
  {
    name: 'recovers from connections that break in a transaction or in the pool',
    needsUrl: true,
    run: (subject) =>
      behindProxy(subject, async ({ database }, proxy) => {
        const [idle, transaction] = [await database.begin(LIMITS), await database.begin(LIMITS)];
        await idle.rollback();
        await transaction.execute(subject.insert('a'));
        proxy.breakAll();
        assert.notEqual(await failureOf(transaction.execute(subject.insert('b'))), undefined);
        await transaction.rollback();
        const next = await beginAtLast(database);
        await next.execute(subject.insert('c'));
        await next.commit();
        assert.deepEqual(await subject.ids(), ['c']);
      }),
  },
  {
    name: 'throws CommitUnknownError if the response to a commit is lost',
    needsUrl: true,
    run: (subject) =>
      behindProxy(subject, async ({ database }, proxy) => {
        const transaction = await database.begin(LIMITS);
        await transaction.execute(subject.insert('a'));
        proxy.breakNextCommit();
        const error = await failureOf(transaction.commit());
        assert.ok(error instanceof CommitUnknownError, String(error));
        assert.deepEqual(await subject.ids(), ['a']);
      }),
  },
];

/** A pool may notice that an idle connection is broken only when it uses it. */
async function beginAtLast<Tx>(database: OpenAdapter<Tx>['database']) {
  for (let left = 10; ; left--) {
    try {
      return await database.begin(LIMITS);
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

async function behindProxy<Tx>(
  { adapter }: Subject<Tx>,
  check: (open: OpenAdapter<Tx>, proxy: BreakableProxy) => Promise<void>,
): Promise<void> {
  const proxy = await BreakableProxy.start(adapter.url!);
  const open = await adapter.open(proxy.url);
  try {
    await check(open, proxy);
  } finally {
    await open.close();
    await proxy.close();
  }
}
