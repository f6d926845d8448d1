import assert from 'node:assert/strict';
import { NoConnectionError, sqlFailure } from 'nestjs-pass2pay/database';
import type { Check } from './check.js';
import { failureOf } from './subject.js';

/** Transactions, and the connections that they run on. */
export const TRANSACTION_CHECKS: readonly Check[] = [
  {
    name: 'commits the changes of the module and of a handler',
    run: async (subject) => {
      const transaction = await subject.begin();
      await transaction.execute(`INSERT INTO ${subject.table} (id, amount, note) VALUES (?, ?, ?)`, [
        'module',
        1,
        null,
      ]);
      await subject.handle(transaction, subject.insert('handler'));
      await transaction.commit();
      assert.deepEqual(await subject.ids(), ['handler', 'module']);
    },
  },
  {
    name: 'rolls back the changes of the module and of a handler',
    run: async (subject) => {
      const transaction = await subject.begin();
      await transaction.execute(subject.insert('module'));
      await subject.handle(transaction, subject.insert('handler'));
      await transaction.rollback();
      assert.deepEqual(await subject.ids(), []);
    },
  },
  {
    name: 'runs the first statement once, in the new transaction',
    run: async (subject) => {
      for (const id of ['undone', 'kept']) {
        const transaction = await subject.beginWith(subject.insert(id));
        await (id === 'kept' ? transaction.commit() : transaction.rollback());
      }
      assert.deepEqual(await subject.ids(), ['kept']);
    },
  },
  {
    name: 'releases the connection if the first statement fails',
    run: async (subject) => {
      await subject.database.execute(subject.insert('taken'));
      for (let i = 0; i <= subject.adapter.poolSize; i++) {
        assert.equal(sqlFailure(await failureOf(subject.beginWith(subject.insert('taken')))), 'unique');
      }
      const transaction = await subject.begin();
      await transaction.execute(subject.insert('next'));
      await transaction.commit();
      assert.deepEqual(await subject.ids(), ['next', 'taken']);
    },
  },
  {
    name: 'sees the commits of other transactions immediately',
    needsPool: true,
    run: async (subject) => {
      const one = await subject.begin();
      await one.execute(`SELECT id FROM ${subject.table}`);
      const other = await subject.begin();
      await other.execute(subject.insert('a'));
      await other.commit();
      const { rows } = await one.execute(`SELECT id FROM ${subject.table}`);
      assert.equal(rows.length, 1);
    },
  },
  {
    name: 'stops waiting for a lock after the lock timeout',
    needsPool: true,
    run: async (subject) => {
      await subject.database.execute(subject.insert('a'));
      const one = await subject.begin();
      await one.execute(subject.update('a'));
      const other = await subject.begin({ lockTimeoutMs: 1_000 });
      assert.equal(sqlFailure(await failureOf(other.execute(subject.update('a')))), 'lock-timeout');
    },
  },
  {
    name: 'runs many transactions on few connections',
    run: async (subject) => {
      await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const transaction = await subject.begin();
          await transaction.execute(subject.insert(`order-${index}`));
          if (index % 4 === 0) await transaction.rollback();
          else await transaction.commit();
        }),
      );
      assert.equal((await subject.ids()).length, 30);
    },
  },
  {
    name: 'stops waiting for a connection after the connection timeout, and releases one that arrives later',
    run: async (subject) => {
      const beginAll = () => Promise.all(Array.from({ length: subject.adapter.poolSize }, () => subject.begin()));
      const held = await beginAll();
      const error = await failureOf(subject.begin({ connectionTimeoutMs: 50 }));
      assert.ok(error instanceof NoConnectionError, String(error));
      for (const transaction of held) await transaction.rollback();
      for (const transaction of await beginAll()) await transaction.commit();
    },
  },
  {
    name: 'rolls back a transaction while its statement hangs',
    needsPool: true,
    run: async (subject) => {
      await subject.database.execute(subject.insert('a'));
      const one = await subject.begin();
      await one.execute(subject.update('a', 'one'));
      const other = await subject.begin();
      const hanging = failureOf(subject.handle(other, subject.update('a', 'other')));
      await other.rollback();
      await one.commit();
      await hanging;
      const { rows } = await subject.database.execute(`SELECT note FROM ${subject.table}`);
      assert.deepEqual(
        Array.from(rows, ({ note }) => note),
        ['one'],
      );
    },
  },
];
