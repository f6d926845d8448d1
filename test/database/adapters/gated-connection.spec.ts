import { beforeEach, describe, expect, it } from '@jest/globals';
import { gatedConnection } from '../../../lib/database/adapters/gated-connection.js';
import { BrokenTransactionError } from '../../../lib/database/sql-errors.js';
import { TxGate } from '../../../lib/database/transaction/tx-gate.js';
import { errorOf } from '../support/scripted-driver.js';

type Callback = (...results: unknown[]) => void;

/** A driver's connection: its statements end when the test says so. */
class Connection {
  readonly host = 'db';
  readonly sent: unknown[][] = [];
  ends: Callback[] = [];
  #secret = 7;

  query(...statement: unknown[]): unknown {
    const callback = statement.at(-1);
    if (typeof callback === 'function') {
      this.sent.push(statement.slice(0, -1));
      this.ends.push(callback as Callback);
      return `a query of ${this.#secret}`;
    }
    this.sent.push(statement);
    return new Promise((resolve) => this.ends.push(resolve));
  }
  execute(...statement: unknown[]): unknown {
    return this.query(...statement);
  }
  release() {
    return `released ${this.#secret}`;
  }
}

let connection: Connection;
let gate: TxGate;
let tx: Connection;
beforeEach(() => {
  connection = new Connection();
  gate = new TxGate('postgres');
  tx = gatedConnection(connection, gate);
});

it('a connection is the driver’s own but for its statements', () => {
  expect(tx).toBeInstanceOf(Connection);
  expect(tx.host).toBe('db');
  gate.close();
  expect(tx.release()).toBe('released 7');
  expect(connection.sent).toStrictEqual([]);
});

describe.each(['query', 'execute'] as const)('a statement by %s', (name) => {
  it('with a promise counts as running until it has ended', async () => {
    const result = tx[name]('SELECT ?', [1]);
    expect(connection.sent).toStrictEqual([['SELECT ?', [1]]]);
    expect(gate.close()).toMatch(/await every statement/);
    connection.ends[0]!('rows');
    expect(await result).toBe('rows');
    expect(gate.close()).toBeUndefined();
  });

  it('with a callback counts as running until that is called', async () => {
    const results: unknown[] = [];
    const returned = tx[name]('SELECT ?', [1], (...result: unknown[]) => results.push(result));
    expect(returned).toBe('a query of 7');
    expect(connection.sent).toStrictEqual([['SELECT ?', [1]]]);
    expect(gate.close()).toMatch(/await every statement/);
    connection.ends[0]!(null, 'rows', 'columns');
    expect(results).toStrictEqual([[null, 'rows', 'columns']]);
    await Promise.resolve();
    expect(gate.close()).toBeUndefined();
  });

  it('with a callback that throws has ended, too', async () => {
    tx[name]('SELECT 1', () => {
      throw new Error('of the library');
    });
    expect(() => connection.ends[0]!(null)).toThrow('of the library');
    await Promise.resolve();
    expect(gate.close()).toBeUndefined();
  });

  it.each(['COMMIT', { text: 'COMMIT' }, { sql: 'COMMIT' }, { text: 'COMMIT', sql: 'SELECT 1' }])(
    'is not run if it is %j',
    (statement) => {
      expect(() => tx[name](statement)).toThrow(BrokenTransactionError);
      expect(() => tx[name](statement, () => {})).toThrow(BrokenTransactionError);
      expect(connection.sent).toStrictEqual([]);
      expect(gate.close()).toMatch(/ran COMMIT/);
    },
  );

  it.each([undefined, null, { text: 1 }, { sql: 1 }, { submit: 'COMMIT' }])(
    'without a text is run, but not after the end: %j',
    async (statement) => {
      void tx[name](statement);
      expect(connection.sent).toStrictEqual([[statement]]);
      gate.close();
      expect(await errorOf((async () => tx[name](statement))())).toBeInstanceOf(BrokenTransactionError);
      expect(connection.sent).toHaveLength(1);
    },
  );
});
