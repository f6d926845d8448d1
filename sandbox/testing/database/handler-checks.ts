import assert from 'node:assert/strict';
import { BrokenTransactionError, sqlFailure } from 'nestjs-pass2pay/database';
import type { Check } from './check.js';
import { failureOf, type Subject } from './subject.js';

/** Mistakes of handlers: they are refused, or nothing is committed. */
export const HANDLER_CHECKS: readonly Check[] = [
  {
    name: 'commits nothing if a handler catches an error that has aborted the transaction',
    run: async (subject) => {
      const { database, insert } = subject;
      await database.execute(insert('a'));
      const transaction = await subject.begin();
      await transaction.execute(insert('module'));
      await failureOf(subject.handle(transaction, insert('a')));
      await failureOf(subject.handle(transaction, insert('handler')));
      const error = await failureOf(transaction.commit());
      if (database.dialect === 'postgres') {
        assertBroken(error);
        assert.deepEqual(await subject.ids(), ['a']);
      } else {
        // Only the failed statement is undone.
        assert.equal(error, undefined);
        assert.deepEqual(await subject.ids(), ['a', 'handler', 'module']);
      }
    },
  },
  {
    name: 'commits nothing if a handler catches a deadlock and continues',
    needsPool: true,
    run: async (subject) => {
      const { database, insert, update } = subject;
      for (const id of ['a', 'b']) await database.execute(insert(id));
      const transactions = [await subject.begin(), await subject.begin()];
      for (const [index, transaction] of transactions.entries()) {
        await transaction.execute(insert(`module-${index}`));
        await subject.handle(transaction, update(index === 0 ? 'a' : 'b'));
      }
      const ends = await Promise.all(
        transactions.map(async (transaction, index) => {
          const caught = await failureOf(subject.handle(transaction, update(index === 0 ? 'b' : 'a')));
          await failureOf(subject.handle(transaction, insert(`after-${index}`)));
          return { caught, failure: await failureOf(transaction.commit()) };
        }),
      );
      const victim = ends.findIndex(({ caught }) => sqlFailure(caught) === 'rolled-back');
      assert.notEqual(victim, -1, 'no error reported that the database had rolled back');
      assertBroken(ends[victim]!.failure);
      assert.equal(ends[1 - victim]!.failure, undefined);
      assert.deepEqual(await subject.ids(), ['a', `after-${1 - victim}`, 'b', `module-${1 - victim}`]);
    },
  },
  {
    name: 'commits everything else if a handler rolls back to its own savepoint',
    run: async (subject) => {
      await subject.database.execute(subject.insert('a'));
      const transaction = await subject.begin();
      await subject.handle(transaction, 'SAVEPOINT mine');
      await failureOf(subject.handle(transaction, subject.insert('a')));
      await subject.handle(transaction, 'ROLLBACK TO SAVEPOINT mine');
      await subject.handle(transaction, subject.insert('handler'));
      await transaction.commit();
      assert.deepEqual(await subject.ids(), ['a', 'handler']);
    },
  },
  ...['COMMIT', 'ROLLBACK', 'BEGIN', '/* for speed */ commit', 'START TRANSACTION'].map((sql) => ({
    name: `refuses ${sql} in a handler, and commits nothing`,
    run: async <Tx>(subject: Subject<Tx>) => {
      const transaction = await subject.begin();
      await transaction.execute(subject.insert('module'));
      await subject.handle(transaction, subject.insert('handler'));
      assertBroken(await failureOf(subject.handle(transaction, sql)));
      assertBroken(await failureOf(transaction.commit()));
      assert.deepEqual(await subject.ids(), []);
    },
  })),
  {
    name: 'refuses the methods that end a transaction in a handler',
    run: async (subject) => {
      for (const ending of subject.adapter.endings ?? []) {
        const transaction = await subject.begin();
        await subject.handle(transaction, subject.insert('handler'));
        assertBroken(await failureOf((async () => ending(transaction.tx))()));
        await transaction.rollback();
        assert.deepEqual(await subject.ids(), []);
      }
    },
  },
  {
    name: 'refuses DDL in a handler if it would cause an implicit commit',
    run: async (subject) => {
      const transaction = await subject.begin();
      await transaction.execute(subject.insert('module'));
      const error = await failureOf(subject.handle(transaction, `CREATE TABLE ${subject.table}_more (id INT)`));
      await failureOf(subject.handle(transaction, subject.insert('handler')));
      if (subject.database.dialect === 'mysql') {
        assertBroken(error);
        assertBroken(await failureOf(transaction.commit()));
      } else {
        assert.equal(error, undefined);
        await transaction.rollback();
      }
      assert.deepEqual(await subject.ids(), []);
    },
  },
  {
    name: 'commits nothing if a handler does not await its statement',
    run: async (subject) => {
      const transaction = await subject.begin();
      await transaction.execute(subject.insert('module'));
      const late = failureOf(subject.handle(transaction, subject.insert('handler')));
      const error = await failureOf(transaction.commit());
      await late;
      // A library without promises has run it by the time it returns.
      if (error !== undefined) assertBroken(error);
      assert.deepEqual(await subject.ids(), error === undefined ? ['handler', 'module'] : []);
    },
  },
  ...(['commit', 'rollback'] as const).map((end) => ({
    name: `refuses a statement after the ${end}`,
    run: async <Tx>(subject: Subject<Tx>) => {
      const transaction = await subject.begin();
      await transaction[end]();
      assert.notEqual(await failureOf(subject.handle(transaction, subject.insert('late'))), undefined);
      const next = await subject.begin();
      assert.notEqual(await failureOf(subject.handle(transaction, subject.insert('later'))), undefined);
      await next.commit();
      assert.deepEqual(await subject.ids(), []);
    },
  })),
];

/** The error itself, its cause, or a copy: some libraries wrap every error of a statement in their own. */
function assertBroken(error: unknown): void {
  const { cause, parent } = (error ?? {}) as { cause?: unknown; parent?: unknown };
  const { code } = new BrokenTransactionError();
  const isBroken = [error, cause, parent].some((each) => (each as { code?: unknown } | undefined)?.code === code);
  assert.ok(isBroken, `expected a BrokenTransactionError, but got ${String(error)}`);
}
