import { beforeEach, describe, expect, it } from '@jest/globals';
import { NamedStatements } from '../../../lib/database/adapters/named-statements.js';
import type { PgClient } from '../../../lib/database/adapters/pg-client.js';
import { guardedPgClient, PgLink, pgResultOf } from '../../../lib/database/adapters/pg-link.js';
import { BrokenTransactionError, StatementLostError } from '../../../lib/database/sql-errors.js';
import { TxGate } from '../../../lib/database/transaction/tx-gate.js';
import { errorOf, Script, ScriptedPgClient } from '../support/scripted-driver.js';

let script: Script;
let client: Client;
let link: PgLink<string>;

/** A client that prepares named statements, and submits query objects with a callback. */
class Client extends ScriptedPgClient {
  static readonly Query = class {
    constructor(
      readonly statement: { text: string },
      readonly values: unknown[],
      readonly callback: (error: unknown, result?: unknown) => void,
    ) {}
    submit({ run }: { run: Client['run'] }) {
      run(this.statement, this.values).then((result) => this.callback(null, result), this.callback);
      return null;
    }
  };
  readonly parsedStatements: Record<string, string> = {};
  readonly connection = {
    parsedStatements: this.parsedStatements,
    stream: {},
    parse: ({ text }: { text: string }) => void this.script.steps.push(`ahead: ${text}`),
    bind: () => {},
    execute: () => {},
    run: (statement: { text: string }, values: unknown[]) => this.run(statement, values),
  };
  readonly listenersAtRelease: number[] = [];

  run({ text }: { text: string }, values: unknown[]): Promise<never> {
    return super.query(text, values);
  }

  override query(...[statement, params]: Parameters<ScriptedPgClient['query']>): Promise<never> {
    if (typeof statement === 'object' && 'submit' in statement) {
      (statement as unknown as { submit(on: object): void }).submit(this.connection);
      return Promise.resolve() as Promise<never>;
    }
    const { name, text } = statement as unknown as { name?: string; text: string };
    if (name === undefined) return super.query(statement, params);
    this.parsedStatements[name] = text;
    return super.query(`prepared: ${text}`, params);
  }

  override release(isBroken: boolean): void {
    this.listenersAtRelease.push(this.listenerCount('error'));
    super.release(isBroken);
  }
}

beforeEach(() => {
  script = new Script();
  client = new Client(script);
  link = new PgLink('tx', client, new NamedStatements());
});

describe('a statement', () => {
  it('has numbered parameters, and the rows and count of pg', async () => {
    script.when(/^SELECT/, { rows: [{ n: 1 }], rowCount: 1 });
    expect(await link.execute('SELECT ?, ?', ['a', null])).toStrictEqual({ rows: [{ n: 1 }], affected: 1 });
    await link.execute('SELECT 2');
    expect(script.steps).toStrictEqual(['SELECT $1, $2 ["a",null]', 'SELECT 2']);
  });

  it('is prepared only if it runs often', async () => {
    await link.execute('SELECT ?', [1], { isRepeated: true });
    await link.execute('SELECT ?', [2], { isRepeated: false });
    await link.execute('SELECT ?', [3], {});
    expect(script.steps).toStrictEqual(['prepared: SELECT $1 [1]', 'SELECT $1 [2]', 'SELECT $1 [3]']);
  });

  it.each([
    [{ rows: [], rowCount: null }, 0],
    [{ rows: [], rowCount: 2 }, 2],
  ])('has the count of %j', (result, affected) => {
    expect(pgResultOf(result)).toStrictEqual({ rows: [], affected });
  });
});

describe('a transaction', () => {
  it('has one round trip for each end', async () => {
    expect(await link.begin(['BEGIN', 'SAVEPOINT a'])).toBeUndefined();
    await link.commit(['RELEASE a', 'COMMIT']);
    await link.rollback(['ROLLBACK', 'SELECT 1']);
    expect(link.tx).toBe('tx');
    expect(script.steps).toStrictEqual(['BEGIN; SAVEPOINT a', 'RELEASE a; COMMIT', 'ROLLBACK; SELECT 1']);
  });

  it('begins without a first statement that is not prepared yet', async () => {
    const first = { sql: 'SELECT ?', params: [1] };
    expect(await link.begin(['BEGIN', 'SAVEPOINT a'], first)).toBeUndefined();
    expect(script.steps).toStrictEqual(['BEGIN; SAVEPOINT a']);
  });

  it('begins with a first statement that is prepared', async () => {
    await link.execute('SELECT ?', [1], { isRepeated: true });
    script.when(/^SELECT/, { rows: [{ n: 2 }], rowCount: 1 });
    const first = { sql: 'SELECT ?', params: [2] };
    expect(await link.begin(['BEGIN', 'SAVEPOINT a'], first)).toStrictEqual({ rows: [{ n: 2 }], affected: 1 });
    expect(script.steps.slice(1)).toStrictEqual(['ahead: BEGIN', 'ahead: SAVEPOINT a', 'SELECT $1 [2]']);
  });

  it('prepares nothing any more once a prepared statement was lost', async () => {
    await link.execute('SELECT ?', [1], { isRepeated: true });
    script.when(/^SELECT/, Object.assign(new Error('prepared statement does not exist'), { code: '26000' }));
    const first = { sql: 'SELECT ?', params: [2] };
    expect(await errorOf(link.begin(['BEGIN'], first))).toBeInstanceOf(StatementLostError);
    expect(await link.begin(['BEGIN'], first)).toBeUndefined();
    expect(script.steps.slice(1)).toStrictEqual(['ahead: BEGIN', 'SELECT $1 [2]', 'BEGIN']);
  });

  it.each(['begin', 'commit', 'rollback'] as const)('fails in its %s with what pg throws', async (name) => {
    const failure = new Error('no');
    script.when(/./, failure);
    expect(await errorOf(link[name](['SELECT 1']))).toBe(failure);
  });
});

describe('the client', () => {
  it('is released, and then listens no more', () => {
    expect(client.listenerCount('error')).toBe(1);
    expect(link.isAlive()).toBe(true);
    link.release();
    expect(script.steps).toStrictEqual(['release']);
    expect(client.listenersAtRelease).toStrictEqual([1]);
    expect(client.listenerCount('error')).toBe(0);
  });

  it('is closed instead of released when it does not respond', () => {
    link.destroy();
    expect(script.steps).toStrictEqual(['close']);
    expect(client.listenerCount('error')).toBe(0);
  });

  it('is not alive once it was lost', () => {
    client.emit('error', new Error('terminated'));
    expect(link.isAlive()).toBe(false);
  });

  it('for handlers can neither end the transaction nor leave it', async () => {
    const tx = guardedPgClient(client as unknown as PgClient & { end(): Promise<void> }, new TxGate('postgres'));
    expect(await errorOf(tx.query('COMMIT'))).toBeInstanceOf(BrokenTransactionError);
    expect(() => tx.release()).toThrow(BrokenTransactionError);
    expect(() => void tx.end()).toThrow(BrokenTransactionError);
    await tx.query('SELECT $1', [1]);
    expect(script.steps).toStrictEqual(['SELECT $1 [1]']);
  });
});
