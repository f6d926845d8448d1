import assert from 'node:assert/strict';
import { sqlFailure } from 'nestjs-pass2pay/database';
import type { Check } from './check.js';
import { failureOf } from './subject.js';

/** Statements, and the meaning of their errors. */
export const STATEMENT_CHECKS: readonly Check[] = [
  {
    name: 'returns rows and the number of affected rows',
    run: async ({ database, table }) => {
      const note = 'it\'s 商品 ? \\ "';
      const inserted = await database.execute(`INSERT INTO ${table} (id, amount, note) VALUES (?, ?, ?), (?, ?, ?)`, [
        'a',
        1_795_063_328_371,
        note,
        'b',
        Number.MAX_SAFE_INTEGER,
        null,
      ]);
      assert.equal(inserted.affected, 2);
      const { rows } = await database.execute(
        `SELECT id, amount, note FROM ${table} WHERE amount > ? ORDER BY id`,
        [1],
      );
      assert.deepEqual(
        Array.from(rows, (row) => [row.id, Number(row.amount), row.note]),
        [
          ['a', 1_795_063_328_371, note],
          ['b', Number.MAX_SAFE_INTEGER, null],
        ],
      );
      const updated = await database.execute(`UPDATE ${table} SET note = ? WHERE id = ?`, ['x', 'a']);
      assert.equal(updated.affected, 1);
      const missed = await database.execute(`DELETE FROM ${table} WHERE id = ?`, ['z']);
      assert.equal(missed.affected, 0);
    },
  },
  {
    name: 'returns rows in a transaction, including those of RETURNING if supported, and commits',
    run: async (subject) => {
      const { table } = subject;
      const transaction = await subject.begin();
      await transaction.execute(`INSERT INTO ${table} (id, amount) VALUES (?, ?)`, ['a', 2]);
      const { rows } = await transaction.execute(`SELECT amount FROM ${table} WHERE id = ?`, ['a']);
      assert.deepEqual(
        Array.from(rows, ({ amount }) => Number(amount)),
        [2],
      );
      // MySQL does not support it.
      if (subject.database.dialect !== 'mysql') {
        const inserted = await transaction.execute(`INSERT INTO ${table} (id) VALUES (?) RETURNING id`, ['b']);
        assert.deepEqual(
          Array.from(inserted.rows, ({ id }) => id),
          ['b'],
        );
        const updated = await transaction.execute(`UPDATE ${table} SET amount = ? RETURNING amount`, [3]);
        assert.deepEqual(
          Array.from(updated.rows, ({ amount }) => Number(amount)),
          [3, 3],
        );
      }
      await transaction.commit();
      assert.ok((await subject.ids()).includes('a'));
    },
  },
  {
    name: 'returns the rows of a compound statement, or reports a syntax error if unsupported',
    run: async (subject) => {
      if (subject.database.dialect !== 'mysql') return;
      const { table } = subject;
      const transaction = await subject.begin();
      const sql = `BEGIN NOT ATOMIC
UPDATE ${table} SET note = ? WHERE id = ?;
IF ROW_COUNT() > 0 THEN INSERT INTO ${table} (id, amount) VALUES (?, ?) RETURNING id, amount; END IF;
END`;
      for (const isThere of [false, true]) {
        if (isThere) await transaction.execute(subject.insert('a'));
        const compound = transaction.execute(sql, ['x', 'a', 'b', 7]);
        const failure = await failureOf(compound);
        if (failure !== undefined) {
          assert.equal(sqlFailure(failure), 'syntax');
          continue;
        }
        const { rows } = await compound;
        assert.deepEqual(
          Array.from(rows, ({ id, amount }) => [id, Number(amount)]),
          isThere ? [['b', 7]] : [],
        );
      }
      await transaction.execute(subject.insert('c'));
      await transaction.commit();
      assert.ok((await subject.ids()).includes('c'));
    },
  },
  {
    name: 'runs the same statements after a migration has changed their table',
    run: async (subject) => {
      const { database, table } = subject;
      const select = `SELECT * FROM ${table} WHERE id = ?`;
      await database.execute(subject.insert('a'));
      await database.execute(select, ['a']);
      await database.execute(`ALTER TABLE ${table} ADD COLUMN more INTEGER`);
      const outside = await database.execute(select, ['a']);
      const transaction = await subject.begin();
      const inside = await transaction.execute(select, ['a']);
      await transaction.commit();
      assert.deepEqual([outside.rows.length, inside.rows.length], [1, 1]);
    },
  },
  {
    name: 'reports a duplicate key',
    run: async ({ database, insert }) => {
      await database.execute(insert('a'));
      assert.equal(sqlFailure(await failureOf(database.execute(insert('a')))), 'unique');
    },
  },
  {
    name: 'reports a missing table',
    run: async ({ database }) => {
      const error = await failureOf(database.execute('SELECT 1 FROM there_is_no_such_table'));
      assert.equal(sqlFailure(error), 'missing-table');
    },
  },
];
