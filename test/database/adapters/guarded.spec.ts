import { describe, expect, it } from '@jest/globals';
import { guarded, notForHandlers, textOf } from '../../../lib/database/adapters/guarded.js';
import { BrokenTransactionError } from '../../../lib/database/sql-errors.js';
import { TxGate } from '../../../lib/database/transaction/tx-gate.js';

const SYMBOL = Symbol('name');

class Connection {
  readonly host = 'db';
  readonly sent: unknown[] = [];
  #secret = 7;

  query(...args: unknown[]) {
    this.sent.push(args);
    return 'queried';
  }
  prepare(sql: string) {
    const { sent } = this;
    return {
      source: sql,
      run(...args: unknown[]) {
        sent.push([sql, ...args]);
        return 'run';
      },
      raw() {
        return this;
      },
      columns: () => ['no'],
    };
  }
  release() {
    this.sent.push('release');
  }
  secret() {
    return this.#secret;
  }
  [SYMBOL]() {
    return this.#secret;
  }
}

const METHODS = { statements: ['query'], preparing: { prepare: ['run'] }, forbidden: ['release'] };

function handlers(options = {}) {
  const connection = new Connection();
  const gate = new TxGate('sqlite');
  return { connection, gate, tx: guarded(connection, gate, { ...METHODS, ...options }) };
}

describe('a connection for handlers', () => {
  it('is the library’s own but for what ends the transaction', () => {
    const { tx } = handlers();
    expect(tx).toBeInstanceOf(Connection);
    expect([tx.host, tx.secret(), tx[SYMBOL]()]).toStrictEqual(['db', 7, 7]);
  });

  it('runs statements with all their arguments', () => {
    const { tx, connection } = handlers();
    expect(tx.query('SELECT ?', [1])).toBe('queried');
    expect(connection.sent).toStrictEqual([['SELECT ?', [1]]]);
  });

  it.each(['COMMIT', { text: 'COMMIT' }, { sql: 'COMMIT' }])('does not run %j', (statement) => {
    const { tx, connection } = handlers();
    expect(() => tx.query(statement)).toThrow(BrokenTransactionError);
    expect(connection.sent).toStrictEqual([]);
  });

  it('rejects instead of throwing where the library’s method is asynchronous', async () => {
    const { tx } = handlers({ isAsync: true });
    const result: unknown = tx.query('COMMIT');
    await expect(result).rejects.toThrow(BrokenTransactionError);
  });

  it('runs statements by the given call', () => {
    const { tx } = handlers({ call: (run: () => unknown) => [run()] });
    expect(tx.query('SELECT 1')).toStrictEqual(['queried']);
  });

  it('cannot be released', () => {
    const { tx, connection } = handlers();
    expect(() => tx.release()).toThrow(
      new BrokenTransactionError(
        'tx.release() must not be called by handlers: the module ends the transaction of an outcome.',
      ),
    );
    expect(connection.sent).toStrictEqual([]);
  });

  it('cannot be used after the end of the transaction', () => {
    const { tx, gate, connection } = handlers();
    const statement = tx.prepare('SELECT 1');
    gate.close();
    expect(() => tx.query('SELECT 1')).toThrow(BrokenTransactionError);
    expect(() => tx.prepare('SELECT 1')).toThrow(BrokenTransactionError);
    expect(() => statement.run()).toThrow(BrokenTransactionError);
    expect(connection.sent).toStrictEqual([]);
  });
});

describe('a prepared statement', () => {
  it('runs with its arguments', () => {
    const { tx, connection } = handlers();
    const statement = tx.prepare('SELECT ?');
    expect(statement.source).toBe('SELECT ?');
    expect(statement.columns()).toStrictEqual(['no']);
    expect(statement.run(1)).toBe('run');
    expect(connection.sent).toStrictEqual([['SELECT ?', 1]]);
  });

  it('is guarded also by what returns itself', () => {
    const { tx, gate } = handlers();
    const raw = tx.prepare('SELECT 1').raw();
    gate.close();
    expect(() => raw.run()).toThrow(BrokenTransactionError);
  });

  it('is refused if it ends the transaction', () => {
    expect(() => handlers().tx.prepare('COMMIT')).toThrow(BrokenTransactionError);
  });
});

it.each([
  ['SELECT 1', 'SELECT 1'],
  [{ text: 'SELECT 1' }, 'SELECT 1'],
  [{ sql: 'SELECT 1' }, 'SELECT 1'],
  [{ text: 1, sql: 2 }, undefined],
  [undefined, undefined],
  [null, undefined],
])('reads the statement of %j', (statement, text) => expect(textOf(statement)).toBe(text));

it('names the method that handlers must not call', () => {
  expect(notForHandlers('commit')).toBeInstanceOf(BrokenTransactionError);
  expect(notForHandlers('commit').message).toContain('tx.commit()');
});
