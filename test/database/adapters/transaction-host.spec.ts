import { beforeEach, describe, expect, it } from '@jest/globals';
import { Propagation, TransactionHost } from '@nestjs-cls/transactional';
import { ClsServiceManager } from 'nestjs-cls';
import { transactionHostDatabase, type TransactionHostLike } from '../../../lib/database/adapters/transaction-host.js';
import type { SqlDatabase, SqlTransaction } from '../../../lib/database/sql-database.js';
import { errorOf } from '../support/scripted-driver.js';
import { LIMITS } from '../support/transaction-statements.js';

const FIRST = { sql: 'SELECT ?', params: [1] };
const RESULT = { rows: [{ n: 1 }], affected: 1 };

const cls = ClsServiceManager.getClsService();

let steps: unknown[];
let host: TransactionHost;
beforeEach(() => {
  steps = [];
  host = hostOf();
});

/** A host whose library begins transactions of its own, and has a connection without one. */
function hostOf(connectionName?: string): TransactionHost {
  return new TransactionHost({
    connectionName,
    connection: undefined,
    defaultTxOptions: {},
    enableTransactionProxy: false,
    getFallbackInstance: () => 'no transaction',
    wrapWithTransaction: async (_: unknown, work: () => Promise<unknown>, setTx: (tx: unknown) => void) => {
      steps.push('the host begins');
      setTx('a transaction of the host');
      return work();
    },
  } as never);
}

/** A database whose transactions record what they are told. */
function databaseWith(members: Partial<SqlTransaction> = {}): SqlDatabase {
  const execute: SqlDatabase['execute'] = async (...statement) => {
    steps.push(statement);
    return RESULT;
  };
  const transaction: SqlTransaction = {
    tx: 'the outcome',
    execute,
    commit: async () => void steps.push('commit'),
    rollback: async () => void steps.push('rollback'),
    ...members,
  };
  return {
    dialect: 'mysql',
    execute,
    begin: async (...limits) => {
      steps.push(['begin', ...limits]);
      return transaction;
    },
  };
}

const begin = (members?: Partial<SqlTransaction>) => transactionHostDatabase(host, databaseWith(members)).begin(LIMITS);

it.each([{}, { _options: {} }, { _options: { wrapWithTransaction: true } }])('no host: %j', (other) => {
  expect(() => transactionHostDatabase(other as unknown as TransactionHostLike, databaseWith())).toThrow(
    new TypeError('transactionHostDatabase() requires a TransactionHost of @nestjs-cls/transactional 3.'),
  );
});

describe('a database with a host', () => {
  it('does what the wrapped one does', async () => {
    const database = transactionHostDatabase(host, databaseWith());
    expect(database.dialect).toBe('mysql');
    expect(await database.execute('SELECT ?', [1], { isRepeated: true })).toBe(RESULT);
    await database.begin(LIMITS, FIRST);
    expect(steps).toStrictEqual([
      ['SELECT ?', [1], { isRepeated: true }],
      ['begin', LIMITS, FIRST],
    ]);
  });

  it('fails to begin as the wrapped one does', async () => {
    const failure = new Error('no connection');
    const database = { ...databaseWith(), begin: () => Promise.reject(failure) };
    expect(await errorOf(transactionHostDatabase(host, database).begin(LIMITS))).toBe(failure);
  });

  it('has transactions that do what the wrapped ones do', async () => {
    const transaction = await begin({ first: RESULT });
    expect([transaction.tx, transaction.first]).toStrictEqual(['the outcome', RESULT]);
    expect((await begin()).first).toBeUndefined();
    steps.length = 0;
    expect(await transaction.execute('SELECT ?', [1], { isRepeated: true })).toBe(RESULT);
    await transaction.commit();
    await transaction.rollback();
    expect(steps).toStrictEqual([['SELECT ?', [1], { isRepeated: true }], 'commit', 'rollback']);
  });

  it.each(['commit', 'rollback'] as const)('has a %s that fails as the wrapped one does', async (end) => {
    const failure = new Error('lost');
    const transaction = await begin({ [end]: () => Promise.reject(failure) });
    expect(await errorOf(transaction[end]())).toBe(failure);
  });
});

describe('while handlers run', () => {
  it('the host uses the transaction of the outcome, and begins none', async () => {
    const transaction = await begin();
    const result = await transaction.runHandlers!(async () => {
      await Promise.resolve();
      return [host.tx, host.isTransactionActive()];
    });
    expect(result).toStrictEqual(['the outcome', true]);
    expect(host.tx).toBe('no transaction');
    expect(steps).toStrictEqual([['begin', LIMITS]]);
  });

  it('methods of services take part in it, or have one of their own', async () => {
    const transaction = await begin();
    const seen = await transaction.runHandlers!(async () => [
      await host.withTransaction(async () => host.tx),
      await host.withTransaction(Propagation.Mandatory, async () => host.tx),
      await host.withTransaction(Propagation.RequiresNew, async () => host.tx),
      host.tx,
    ]);
    expect(seen).toStrictEqual(['the outcome', 'the outcome', 'a transaction of the host', 'the outcome']);
  });

  it('those of another library run in its context', async () => {
    const transaction = await begin({
      runHandlers: async (handlers) => {
        steps.push(`context with ${String(host.tx)}`);
        return handlers();
      },
    });
    expect(await transaction.runHandlers!(async () => 'handled')).toBe('handled');
    expect(steps.slice(1)).toStrictEqual(['context with the outcome']);
  });

  it('what they throw is thrown', async () => {
    const failure = new Error('out of stock');
    const transaction = await begin();
    expect(await errorOf(transaction.runHandlers!(() => Promise.reject(failure)))).toBe(failure);
    expect(host.tx).toBe('no transaction');
  });

  it('they see the context of the caller, which does not see theirs', async () => {
    const transaction = await begin();
    await cls.run(async () => {
      cls.set('user', 'of the caller');
      await transaction.runHandlers!(async () => {
        expect(cls.get('user')).toBe('of the caller');
        cls.set('user', 'of a handler');
      });
      expect(cls.get('user')).toBe('of the caller');
      expect(host.tx).toBe('no transaction');
    });
  });

  it('a transaction that the caller has open is not theirs, and stays open', async () => {
    const transaction = await begin();
    await host.withTransaction(async () => {
      expect(await transaction.runHandlers!(async () => host.tx)).toBe('the outcome');
      expect(host.tx).toBe('a transaction of the host');
    });
  });

  it('those of two outcomes have each their own', async () => {
    const transactions = [await begin({ tx: 'first' }), await begin({ tx: 'second' })];
    const seen = transactions.map((transaction) =>
      transaction.runHandlers!(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return host.tx;
      }),
    );
    expect(await Promise.all(seen)).toStrictEqual(['first', 'second']);
  });

  it('the host of a named connection is the one that uses it', async () => {
    const named = hostOf('reports');
    const transaction = await transactionHostDatabase(named, databaseWith()).begin(LIMITS);
    const seen = await transaction.runHandlers!(async () => [named.tx, host.tx]);
    expect(seen).toStrictEqual(['the outcome', 'no transaction']);
  });
});

it('a statement that a handler has not awaited is never run without a transaction', async () => {
  let goOn!: () => void;
  const ended = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let late!: Promise<unknown>;
  const transaction = await begin();
  await transaction.runHandlers!(async () => {
    late = ended.then(() => host.tx);
  });
  goOn();
  expect(await late).toBe('the outcome');
});
