import { describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import makeKnex, { type Knex } from 'knex';
import { transactionOn } from '../../../lib/database/adapters/knex-transaction.js';
import { BrokenTransactionError } from '../../../lib/database/sql-errors.js';
import { TxGate } from '../../../lib/database/transaction/tx-gate.js';
import { describeWhere } from '../support/describe-where.js';
import { recorded } from '../support/recorded-sqlite.js';
import { errorOf, Script, ScriptedMysqlConnection, ScriptedPgClient } from '../support/scripted-driver.js';

const DIALECTS = { pg: 'postgres', mysql2: 'mysql', 'better-sqlite3': 'sqlite' } as const;

async function on(client: keyof typeof DIALECTS, connection: object) {
  const knex = makeKnex({ client, useNullAsDefault: true });
  const gate = new TxGate(DIALECTS[client]);
  const { trx, end } = await transactionOn(knex, connection, gate);
  return { knex, gate, trx: trx as Knex.Transaction, end };
}

async function onPg() {
  const script = new Script();
  const client = new ScriptedPgClient(script);
  return { script, client, ...(await on('pg', client)) };
}

const settled = (trx: Knex.Transaction) => trx.executionPromise.then(() => 'ended');

describe('a transaction of Knex on a given connection', () => {
  it('is begun and ended without a statement', async () => {
    const { script, trx, end } = await onPg();
    expect(trx.isTransaction).toBe(true);
    expect(trx.isCompleted()).toBe(false);
    expect(script.steps).toStrictEqual([]);
    end();
    expect(trx.isCompleted()).toBe(true);
    expect(await settled(trx)).toBe('ended');
    expect(script.steps).toStrictEqual([]);
  });

  it('runs statements on that connection', async () => {
    const { script, trx } = await onPg();
    script.when(/^select/i, { rows: [{ n: 1 }], rowCount: 1, command: 'SELECT' });
    expect(await trx('t').where({ n: 1 })).toStrictEqual([{ n: 1 }]);
    await trx.raw('SELECT ?', [2]);
    expect(script.steps).toStrictEqual(['select * from "t" where "n" = $1 [1]', 'SELECT $1 [2]']);
  });

  it('is one of mysql2 too', async () => {
    const script = new Script();
    script.when(/^select/, [[{ n: 1 }], []]);
    const { trx, end } = await on('mysql2', new ScriptedMysqlConnection(script));
    expect(await trx('t').select()).toStrictEqual([{ n: 1 }]);
    expect(await errorOf(trx.raw('COMMIT'))).toMatchObject({ name: 'BrokenTransactionError' });
    end();
    expect(await settled(trx)).toBe('ended');
    expect(script.steps).toStrictEqual(['select * from `t`']);
  });

  it.each(['commit', 'rollback'] as const)('cannot be ended by %s()', async (name) => {
    const { script, trx } = await onPg();
    expect(() => trx[name]()).toThrow(
      new BrokenTransactionError(
        `tx.${name}() must not be called by handlers: the module ends the transaction of an outcome.`,
      ),
    );
    expect(trx.isCompleted()).toBe(false);
    expect(script.steps).toStrictEqual([]);
  });

  it('does not run what ends it', async () => {
    const { script, gate, trx } = await onPg();
    expect(await errorOf(trx.raw('COMMIT'))).toMatchObject({ name: 'BrokenTransactionError' });
    expect(gate.close()).toMatch(/ran COMMIT/);
    expect(script.steps).toStrictEqual([]);
  });

  it('has savepoints for transactions within it', async () => {
    const { script, gate, trx } = await onPg();
    await trx.transaction(async (inner) => void (await inner.raw('SELECT 1')));
    const within = script.steps.map((sql) => sql.replace(/trx\d+/, 'trx'));
    expect(within).toStrictEqual(['SAVEPOINT trx;', 'SELECT 1', 'RELEASE SAVEPOINT trx;']);
    await Promise.resolve();
    expect(gate.close()).toBeUndefined();
  });

  it('has its statements counted from their start until their end', async () => {
    const { script, gate, trx } = await onPg();
    await trx.raw('SELECT 1');
    expect(gate.close()).toBeUndefined();
    const other = await onPg();
    const running = Promise.resolve(other.trx.raw('SELECT 1'));
    await Promise.resolve();
    expect(other.script.steps).toStrictEqual([]);
    expect(other.gate.close()).toMatch(/await every statement/);
    expect(await errorOf(running)).not.toBe('it succeeded');
    expect(script.steps).toStrictEqual(['SELECT 1']);
  });

  it('has transactions within it counted from their start', async () => {
    const { gate, trx } = await onPg();
    const nested = errorOf(trx.transaction(async () => {}));
    expect(gate.close()).toMatch(/await every statement/);
    await nested;
  });

  it('runs nothing after the end of the outcome', async () => {
    const { script, gate, trx } = await onPg();
    gate.close();
    expect(await errorOf(trx.raw('SELECT 1'))).toBeInstanceOf(BrokenTransactionError);
    expect(() => trx.transaction(async () => {})).toThrow(BrokenTransactionError);
    expect(script.steps).toStrictEqual([]);
  });
});

describe('the connection that handlers can reach', () => {
  class Connection {
    readonly host = 'db';
    readonly sent: unknown[] = [];
    #secret = 7;

    query(...args: unknown[]) {
      this.sent.push(args);
      return args.at(-1);
    }
    execute(...args: unknown[]) {
      return this.query(...args);
    }
    exec(...args: unknown[]) {
      return this.query(...args);
    }
    prepare(...args: unknown[]) {
      return this.query(...args);
    }
    on(event: string) {
      return `${event} ${this.#secret}`;
    }
  }

  async function reached() {
    const connection = new Connection();
    const { trx, end } = await on('pg', connection);
    const own = (await (
      trx.client as { acquireConnection(): Promise<unknown> }
    ).acquireConnection()) as typeof connection;
    return { connection, own, end };
  }

  it('is the driver’s own', async () => {
    const { own } = await reached();
    expect([own.host, own.on('COMMIT')]).toStrictEqual(['db', 'COMMIT 7']);
  });

  it.each(['query', 'execute', 'exec', 'prepare'] as const)('does not %s what ends the transaction', async (name) => {
    const { connection, own } = await reached();
    expect(own[name]('SELECT 1', ['a'])).toStrictEqual(['a']);
    expect(() => own[name]('COMMIT')).toThrow(BrokenTransactionError);
    expect(() => own[name]({ text: 'COMMIT' })).toThrow(BrokenTransactionError);
    expect(connection.sent).toStrictEqual([['SELECT 1', ['a']]]);
  });

  it('runs nothing any more when the transaction has ended', async () => {
    const { connection, own, end } = await reached();
    end();
    const answers: unknown[] = [];
    own.query('SELECT 1', (error: unknown) => answers.push(error));
    expect(answers).toStrictEqual([null]);
    expect(connection.sent).toStrictEqual([]);
  });
});

await describeWhere('better-sqlite3', 'a transaction of Knex on a connection of better-sqlite3', () => {
  it('is begun and ended without a statement', async () => {
    const statements: string[] = [];
    const file = recorded(new BetterSqlite3(':memory:'), statements);
    const { trx, end } = await on('better-sqlite3', file);
    await trx.schema.createTable('t', (table) => table.integer('n'));
    await trx('t').insert({ n: 1 });
    expect(await trx('t')).toStrictEqual([{ n: 1 }]);
    expect(await errorOf(trx.raw('COMMIT'))).toBeInstanceOf(BrokenTransactionError);
    end();
    expect(await settled(trx)).toBe('ended');
    expect(statements.map((sql) => sql.slice(0, 6))).toStrictEqual(['create', 'insert', 'select']);
    file.close();
  });
});
