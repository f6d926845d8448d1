import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { CamelCasePlugin, type LogEvent } from 'kysely';
import { KyselyConnection } from '../../../lib/database/adapters/kysely-connection.js';
import type { SqlDialect } from '../../../lib/database/sql-database.js';
import { NoConnectionError } from '../../../lib/database/sql-errors.js';
import { errorOf, Script } from '../support/scripted-driver.js';
import { scriptedKysely, type ScriptedKyselyOptions } from '../support/scripted-kysely.js';

let script: Script;
let clock: Clock;
beforeEach(() => {
  script = new Script();
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

async function reserved(dialect: SqlDialect = 'postgres', options?: ScriptedKyselyOptions) {
  const { instance, db, connection: driven } = scriptedKysely(script, options);
  return { db, driven, connection: await KyselyConnection.reserve(instance, dialect, 100) };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('a reserved connection', () => {
  it('is the one of the driver, and is held until its release', async () => {
    const { connection, driven } = await reserved();
    expect(connection.driven).toBe(driven);
    await turns();
    expect(script.steps).toStrictEqual([]);
    connection.release();
    await turns();
    expect(script.steps).toStrictEqual(['release']);
  });

  it('that comes too late is given back', async () => {
    let come!: () => void;
    const connect = () =>
      new Promise<void>((resolve) => {
        come = resolve;
      });
    const failed = errorOf(reserved('postgres', { connect }));
    await clock.tickAsync(100);
    expect(await failed).toStrictEqual(new NoConnectionError(100));
    come();
    await turns();
    expect(script.steps).toStrictEqual(['release']);
  });

  it('that the pool refuses fails with its error', async () => {
    const refused = new Error('too many clients');
    expect(await errorOf(reserved('postgres', { connect: () => Promise.reject(refused) }))).toBe(refused);
  });
});

describe('a statement of the module', () => {
  it('has numbered parameters on PostgreSQL only', async () => {
    for (const dialect of ['postgres', 'mysql', 'sqlite'] as const) {
      await (await reserved(dialect)).connection.run('SELECT ?', ['a']);
    }
    expect(script.steps).toStrictEqual(['SELECT $1 ["a"]', 'SELECT ? ["a"]', 'SELECT ? ["a"]']);
  });

  it('is for plugins of a log what a raw query of Kysely is', async () => {
    const logged: LogEvent[] = [];
    const { connection } = await reserved('postgres', { log: (event) => void logged.push(event) });
    await connection.run('SELECT ?', [1]);
    await connection.exec('SELECT 2');
    const [first, second] = logged.map(({ query }) => query);
    expect(first).toStrictEqual({
      sql: 'SELECT $1',
      parameters: [1],
      query: { kind: 'RawNode', sqlFragments: ['SELECT $1'], parameters: [] },
      queryId: { queryId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(second).toMatchObject({ sql: 'SELECT 2', parameters: [] });
    expect(second!.queryId).not.toEqual(first!.queryId);
  });

  it('has the rows and the count of the driver, without plugins', async () => {
    script.when(/^SELECT/, { rows: [{ is_paid: 1 }, { is_paid: 0 }] });
    script.when(/^UPDATE/, { rows: [], numAffectedRows: 3n });
    script.when(/^INSERT/, { rows: [{ n: 1 }], numAffectedRows: 0n });
    const { connection } = await reserved('sqlite', { plugins: [new CamelCasePlugin()] });
    expect(await connection.run('SELECT 1')).toStrictEqual({ rows: [{ is_paid: 1 }, { is_paid: 0 }], affected: 2 });
    expect(await connection.run('UPDATE t SET n = 1')).toStrictEqual({ rows: [], affected: 3 });
    expect(await connection.run('INSERT OR IGNORE')).toStrictEqual({ rows: [{ n: 1 }], affected: 0 });
  });

  it('that is compound has the rows of its first query', async () => {
    script.when(/^BEGIN/, { rows: [[{ n: 1 }], { affectedRows: 0 }] });
    const { connection } = await reserved('mysql');
    expect((await connection.run('BEGIN NOT ATOMIC SELECT 1; END')).rows).toStrictEqual([{ n: 1 }]);
  });

  it('does not pass the methods that replace those of the connection', async () => {
    const { connection, driven } = await reserved();
    driven.executeQuery = () => Promise.reject(new Error('for handlers'));
    await connection.run('SELECT 1');
    expect(script.steps).toStrictEqual(['SELECT 1']);
  });
});

describe('a connection', () => {
  it('rests when all that runs on it has ended, even if it fails', async () => {
    const ends: ((error?: Error) => void)[] = [];
    const endless = () =>
      new Promise<string>((resolve, reject) =>
        ends.push((error) => {
          if (error === undefined) resolve('done');
          else reject(error);
        }),
      );
    const { connection } = await reserved();
    const failure = new Error('no');
    const first = connection.watched(endless);
    const second = errorOf(connection.watched(endless));
    let isAtRest = false;
    const rested = connection.rest().then(() => (isAtRest = true));
    ends[1]!(failure);
    expect(await second).toBe(failure);
    await turns();
    expect(isAtRest).toBe(false);
    ends[0]!();
    expect(await first).toBe('done');
    await rested;
  });

  it('rests while nothing runs, also after a statement', async () => {
    const { connection } = await reserved();
    await connection.rest();
    script.when(/^SELECT/, new Promise(() => {}));
    void connection.run('SELECT 1');
    let isAtRest = false;
    void connection.rest().then(() => (isAtRest = true));
    await turns();
    expect(isAtRest).toBe(false);
  });
});
