import { beforeEach, describe, expect, it } from '@jest/globals';
import { CompoundStatements } from '../../../lib/database/adapters/compound-statements.js';
import {
  guardedMysqlConnection,
  MysqlLink,
  mysqlResultOf,
  withoutTrace,
  type MysqlConnection,
} from '../../../lib/database/adapters/mysql-link.js';
import { BrokenTransactionError } from '../../../lib/database/sql-errors.js';
import { TxGate } from '../../../lib/database/transaction/tx-gate.js';
import { errorOf, Script, syntaxError } from '../support/scripted-driver.js';

let script: Script;
let limits: number[];
let link: MysqlLink<string>;

/** A connection of mysql2/promise, which would capture a stack trace on each call. */
class Connection implements MysqlConnection {
  query(sql: string): Promise<unknown> {
    limits.push(Error.stackTraceLimit);
    return this.run(`text: ${sql}`);
  }
  execute(sql: string, params?: unknown[]): Promise<unknown> {
    limits.push(Error.stackTraceLimit);
    return this.run(sql, params);
  }
  async prepare(sql: string): Promise<string> {
    return `prepared ${sql}`;
  }
  async ping(): Promise<string> {
    return 'pong';
  }
  private async run(sql: string, params?: unknown[]): Promise<unknown> {
    return (await script.run(sql, params)) ?? [{ affectedRows: 0 }];
  }
  release(): void {
    script.steps.push('release');
  }
  destroy(): void {
    script.steps.push('destroy');
  }
  async beginTransaction(): Promise<void> {}
  async commit(): Promise<void> {}
  async rollback(): Promise<void> {}
  async end(): Promise<void> {}
  async changeUser(): Promise<void> {}
}

beforeEach(() => {
  script = new Script();
  limits = [];
  link = new MysqlLink('tx', new Connection(), new CompoundStatements());
});

describe('a statement', () => {
  it('is prepared, with its parameters', async () => {
    script.when(/^SELECT/, [[{ n: 1 }], []]);
    expect(await link.execute('SELECT ?, ?', ['a', null])).toStrictEqual({ rows: [{ n: 1 }], affected: 0 });
    await link.execute('SELECT 2');
    expect(script.steps).toStrictEqual(['SELECT ?, ? ["a",null]', 'SELECT 2']);
  });

  it.each([
    [[[{ n: 1 }, { n: 2 }], []], { rows: [{ n: 1 }, { n: 2 }], affected: 0 }],
    [[[], []], { rows: [], affected: 0 }],
    [[[[{ n: 1 }], { affectedRows: 0 }], []], { rows: [{ n: 1 }], affected: 0 }],
    [[{ affectedRows: 3 }], { rows: [], affected: 3 }],
  ])('has the rows or the count of %j', (result, expected) => {
    expect(mysqlResultOf(result)).toStrictEqual(expected);
  });

  it('has mysql2 capture no stack trace', async () => {
    const limit = Error.stackTraceLimit;
    await link.execute('SELECT 1');
    await link.begin(['A'], { sql: 'SELECT ?', params: [1] });
    await link.commit(['B']);
    expect(limits).toStrictEqual([0, 0, 0]);
    expect(Error.stackTraceLimit).toBe(limit);
  });
});

it('a call without a stack trace leaves the limit as it was, even if it fails', () => {
  const limit = Error.stackTraceLimit;
  expect(limit).toBeGreaterThan(0);
  expect(withoutTrace(() => Error.stackTraceLimit)).toBe(0);
  expect(() =>
    withoutTrace(() => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(Error.stackTraceLimit).toBe(limit);
});

describe('a transaction', () => {
  it('has one round trip for each end on MariaDB', async () => {
    expect(await link.begin(['A', 'B'])).toBeUndefined();
    await link.commit(['C', 'D']);
    await link.rollback(['E', 'F']);
    expect(link.tx).toBe('tx');
    expect(script.steps).toStrictEqual([
      'text: BEGIN NOT ATOMIC A; B; END',
      'text: BEGIN NOT ATOMIC C; D; END',
      'text: BEGIN NOT ATOMIC E; F; END',
    ]);
  });

  it('begins with the first statement on MariaDB', async () => {
    script.when(/SELECT/, [[[{ n: 1 }], { affectedRows: 0 }], []]);
    const first = { sql: 'SELECT ?', params: [1] };
    expect(await link.begin(['A', 'B'], first)).toStrictEqual({ rows: [{ n: 1 }], affected: 0 });
    expect(script.steps).toStrictEqual(['BEGIN NOT ATOMIC A; B; SELECT ?; END [1]']);
  });

  it('has one round trip for each statement on MySQL, whose support is asked once', async () => {
    script.when(/BEGIN NOT ATOMIC/, syntaxError());
    expect(await link.begin(['A', 'B'], { sql: 'SELECT ?', params: [1] })).toBeUndefined();
    await link.commit(['C', 'D']);
    expect(script.steps).toStrictEqual([
      'BEGIN NOT ATOMIC A; B; SELECT ?; END [1]',
      'text: A',
      'text: B',
      'text: C',
      'text: D',
    ]);
  });

  it('fails with what the driver throws', async () => {
    const deadlock = Object.assign(new Error('Deadlock found'), { code: 'ER_LOCK_DEADLOCK' });
    script.when(/./, deadlock);
    expect(await errorOf(link.begin(['A'], { sql: 'SELECT 1', params: [] }))).toBe(deadlock);
    expect(await errorOf(link.commit(['A']))).toBe(deadlock);
    expect(await errorOf(link.execute('A'))).toBe(deadlock);
  });

  it('releases its connection, or closes it', () => {
    expect(link.isAlive()).toBe(true);
    link.release();
    link.destroy();
    expect(script.steps).toStrictEqual(['release', 'destroy']);
  });
});

describe('the connection for handlers', () => {
  const guarded = () => guardedMysqlConnection(new Connection(), new TxGate('mysql'));

  it('runs statements', async () => {
    const tx = guarded();
    script.when(/^SELECT/, 'rows');
    expect(await tx.execute('SELECT ?', [1])).toBe('rows');
    await tx.query('SELECT 2');
    expect(await tx.prepare('SELECT 3')).toBe('prepared SELECT 3');
    expect(await tx.ping()).toBe('pong');
    expect(script.steps).toStrictEqual(['SELECT ? [1]', 'text: SELECT 2']);
    expect(limits).toStrictEqual([0, 0]);
  });

  it.each(['query', 'execute', 'prepare'] as const)('does not %s what ends the transaction', async (name) => {
    const tx = guarded();
    for (const statement of ['COMMIT', 'DROP TABLE t']) {
      expect(await errorOf(tx[name](statement))).toBeInstanceOf(BrokenTransactionError);
    }
    expect(script.steps).toStrictEqual([]);
  });

  it.each(['beginTransaction', 'commit', 'rollback', 'release', 'destroy', 'end', 'changeUser'] as const)(
    'cannot call %s()',
    (name) => {
      const tx = guarded();
      expect(() => void tx[name]()).toThrow(
        new BrokenTransactionError(
          `tx.${name}() must not be called by handlers: the module ends the transaction of an outcome.`,
        ),
      );
      expect(script.steps).toStrictEqual([]);
    },
  );

  it('has the stack trace of an error where a handler awaits it', async () => {
    script.when(
      /./,
      withoutTrace(() => new Error('no such table')),
    );
    const handler = async () => {
      await guarded().query('SELECT 1');
    };
    const error = (await errorOf(handler())) as Error;
    expect(error.message).toBe('no such table');
    expect(error.stack).toContain('handler');
    expect(error.stack).not.toContain('tracedOnFailure');
  });

  it('rejects with what is no error, too', async () => {
    const connection = Object.assign(new Connection(), { query: () => Promise.reject('no reason') });
    expect(await errorOf(guardedMysqlConnection(connection, new TxGate('mysql')).query('SELECT 1'))).toBe('no reason');
  });
});
