import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import BetterSqlite3 from 'better-sqlite3';
import { Kysely, sql, SqliteDialect, type Transaction } from 'kysely';
import { CompoundStatements } from '../../../lib/database/adapters/compound-statements.js';
import type { DriverConnections } from '../../../lib/database/adapters/driver-connections.js';
import { KyselyConnection } from '../../../lib/database/adapters/kysely-connection.js';
import { KyselyLink } from '../../../lib/database/adapters/kysely-link.js';
import type { SqlDialect } from '../../../lib/database/sql-database.js';
import { BrokenTransactionError } from '../../../lib/database/sql-errors.js';
import { describeWhere } from '../support/describe-where.js';
import { errorOf, Script, syntaxError } from '../support/scripted-driver.js';
import { scriptedKysely, type ScriptedKyselyOptions } from '../support/scripted-kysely.js';

const LIMITS = { connectionTimeoutMs: 100, lockTimeoutMs: 100 };

let script: Script;
beforeEach(() => {
  script = new Script();
});

async function opened(dialect: SqlDialect = 'postgres', options?: ScriptedKyselyOptions) {
  const { instance, db, connection: driven } = scriptedKysely(script, options);
  const connection = await KyselyConnection.reserve(instance, dialect, 100);
  const connections = {
    identify: async (each: unknown, of: SqlDialect) => {
      await script.run(`identify ${each === connection ? 'it' : 'another'} on ${of}`);
    },
    close: (each: unknown) => void script.steps.push(each === connection ? 'shut' : 'shut another'),
  } as unknown as DriverConnections;
  const compound = new CompoundStatements();
  const open = () =>
    KyselyLink.open<Transaction<unknown>>(connection, { dialect, compound, connections, limits: LIMITS });
  return { db, driven, connection, open };
}

/** A link that has been opened, and the steps from then on. */
async function linked(dialect: SqlDialect = 'postgres', options?: ScriptedKyselyOptions) {
  const { open, ...rest } = await opened(dialect, options);
  const link = await open();
  script.steps.length = 0;
  return { link, ...rest };
}

const run = (tx: Transaction<unknown>, text: string) => sql.raw(text).execute(tx);
const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('a transaction of Kysely', () => {
  it('is begun without a statement of Kysely, after its connection was identified', async () => {
    const { open, db } = await opened();
    const link = await open();
    expect(link.tx).toBeInstanceOf(db.constructor);
    expect(link.tx.isTransaction).toBe(true);
    expect(link.isAlive()).toBe(true);
    expect(script.steps).toStrictEqual(['identify it on postgres']);
  });

  it.each([
    [['start transaction']],
    [['start transaction isolation level serializable']],
    [['set transaction isolation level serializable', 'begin']],
  ])('may be begun by a dialect with %j', async (begin) => {
    await linked('postgres', { begin });
    expect(script.steps).toStrictEqual([]);
  });

  it.each([['SELECT begin'], ['beginning'], ['rollback to savepoint a']])(
    'has %j of its dialect sent',
    async (statement) => {
      await opened('postgres', { begin: ['begin', statement] }).then(({ open }) => errorOf(open()));
      expect(script.steps).toContain(statement);
    },
  );

  it.each([[[]], [['SELECT 1']]])('is refused for a dialect that begins it with %j', async (begin) => {
    const { open } = await opened('postgres', { begin });
    expect(await errorOf(open())).toStrictEqual(
      new TypeError('The Kysely dialect starts transactions without a statement.'),
    );
    await turns();
    expect(script.steps.at(-1)).toBe('release');
  });

  it('has its connection given back as it was if it cannot be identified', async () => {
    const { open, driven } = await opened();
    const methods = { ...driven };
    const failure = new Error('no such function');
    script.when(/^identify/, failure);
    expect(await errorOf(open())).toBe(failure);
    await turns();
    expect(script.steps).toStrictEqual(['identify it on postgres', 'release']);
    expect({ ...driven }).toStrictEqual(methods);
  });

  it('needs no connections to identify', async () => {
    const { connection } = await opened('sqlite');
    const parts = { dialect: 'sqlite', compound: new CompoundStatements(), limits: LIMITS } as const;
    const link = await KyselyLink.open(connection, { ...parts, connections: undefined });
    link.destroy();
    await turns();
    expect(script.steps).toStrictEqual(['close']);
  });
});

describe('the statements of the module', () => {
  it('are sent in one round trip for each end on PostgreSQL', async () => {
    const { link } = await linked();
    expect(await link.begin(['BEGIN', 'SAVEPOINT a'], { sql: 'SELECT 1', params: [] })).toBeUndefined();
    script.when(/^SELECT/, { rows: [{ n: 1 }] });
    expect(await link.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 1 });
    await link.execute('SELECT 2');
    await link.commit(['RELEASE SAVEPOINT a', 'COMMIT']);
    await link.rollback(['ROLLBACK', 'SELECT 3']);
    expect(script.steps).toStrictEqual([
      'BEGIN; SAVEPOINT a',
      'SELECT $1 [1]',
      'SELECT 2',
      'RELEASE SAVEPOINT a; COMMIT',
      'ROLLBACK; SELECT 3',
    ]);
  });

  it('are sent in one round trip for each end on MariaDB, the begin with the first statement', async () => {
    const { link } = await linked('mysql');
    script.when(/SELECT \?/, { rows: [[{ n: 1 }], { affectedRows: 0 }] });
    const first = await link.begin(['A', 'B'], { sql: 'SELECT ?', params: [1] });
    expect(first).toMatchObject({ rows: [{ n: 1 }] });
    await link.commit(['C', 'D']);
    await link.rollback(['E']);
    await link.begin(['A']);
    expect(script.steps).toStrictEqual([
      'BEGIN NOT ATOMIC A; B; SELECT ?; END [1]',
      'BEGIN NOT ATOMIC C; D; END',
      'BEGIN NOT ATOMIC E; END',
      'BEGIN NOT ATOMIC A; END',
    ]);
  });

  it('are sent one by one on MySQL, the first one later', async () => {
    const { link } = await linked('mysql');
    script.when(/^BEGIN NOT ATOMIC/, syntaxError());
    expect(await link.begin(['A', 'B'], { sql: 'SELECT ?', params: [1] })).toBeUndefined();
    await link.commit(['C', 'D']);
    expect(script.steps).toStrictEqual(['BEGIN NOT ATOMIC A; B; SELECT ?; END [1]', 'A', 'B', 'C', 'D']);
  });

  it('are sent one by one on SQLite', async () => {
    const { link } = await linked('sqlite');
    expect(await link.begin(['BEGIN', 'SAVEPOINT a'], { sql: 'SELECT 1', params: [] })).toBeUndefined();
    await link.commit(['RELEASE a', 'COMMIT']);
    await link.rollback(['ROLLBACK']);
    expect(script.steps).toStrictEqual(['BEGIN', 'SAVEPOINT a', 'RELEASE a', 'COMMIT', 'ROLLBACK']);
  });

  describe('on a locked file', () => {
    let clock: Clock;
    beforeEach(() => {
      clock = FakeTimers.install({ toFake: ['performance'] });
    });
    afterEach(() => clock.uninstall());

    it('are tried again as long as the limits say', async () => {
      const { link } = await linked('sqlite');
      const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
      script.when(/^BEGIN/, busy);
      const failed = errorOf(link.begin(['BEGIN']));
      await turns();
      clock.tick(99);
      await new Promise((resolve) => setTimeout(resolve, 50));
      clock.tick(1);
      expect(await failed).toBe(busy);
      expect(script.steps.length).toBeGreaterThan(1);
    });
  });
});

describe('a handler', () => {
  it('runs statements on the connection', async () => {
    const { link } = await linked();
    script.when(/^SELECT/, { rows: [{ n: 1 }] });
    expect((await sql<{ n: number }>`SELECT ${1}`.execute(link.tx)).rows).toStrictEqual([{ n: 1 }]);
    expect(script.steps).toStrictEqual(['SELECT $1 [1]']);
  });

  it.each(['COMMIT', 'begin', 'rollback', 'start transaction'])('does not run %j', async (text) => {
    const { link } = await linked();
    expect(await errorOf(run(link.tx, text))).toBeInstanceOf(BrokenTransactionError);
    expect(link.gate.close()).toMatch(/ends the transaction/);
    expect(script.steps).toStrictEqual([]);
  });

  it('runs nothing after the end', async () => {
    const { link } = await linked();
    link.gate.close();
    expect(await errorOf(run(link.tx, 'SELECT 1'))).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).toStrictEqual([]);
  });

  it('counts as running until its statement has ended', async () => {
    const { link } = await linked();
    script.when(/^SELECT/, new Promise(() => {}));
    void run(link.tx, 'SELECT 1');
    await turns();
    expect(link.gate.close()).toMatch(/await every statement/);
  });

  it('counts as running until its stream has ended', async () => {
    const { link, db } = await linked();
    script.when(/^select/, { rows: [{ n: 1 }, { n: 2 }] });
    const stream = (tx: typeof db) =>
      (tx as Kysely<{ t: { n: number } }>).selectFrom('t').select('n').stream()[Symbol.asyncIterator]();
    const rows = stream(link.tx);
    expect(await rows.next()).toMatchObject({ value: { n: 1 } });
    await turns();
    expect(link.gate.close()).toMatch(/await every statement/);
    expect(await rows.next()).toMatchObject({ value: { n: 2 } });
    expect((await rows.next()).done).toBe(true);
    await turns();
    expect(link.gate.close()).toBeUndefined();
    expect(await errorOf(stream(link.tx).next())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).toHaveLength(1);
  });

  it('does not count as running after its stream has failed', async () => {
    const { link } = await linked();
    const failure = new Error('lost');
    script.when(/^select/, failure);
    const rows = (link.tx as Kysely<{ t: object }>).selectFrom('t').stream();
    expect(await errorOf(rows.next())).toBe(failure);
    await turns();
    expect(link.gate.close()).toBeUndefined();
  });

  it('is asked for nothing by the module after a failed statement on PostgreSQL', async () => {
    const { link } = await linked();
    script.when(/^SELECT/, new Error('no such column'));
    await errorOf(run(link.tx, 'SELECT x'));
    expect(script.steps).toStrictEqual(['SELECT x']);
  });
});

describe('the connection', () => {
  it('is given back once Kysely has ended its transaction, without a statement', async () => {
    const { link, driven } = await linked();
    link.release();
    await turns();
    expect(script.steps).toStrictEqual(['release']);
    await driven.executeQuery({ sql: 'commit' });
    expect(script.steps).toStrictEqual(['release', 'commit']);
  });

  it('has its own methods again, also those of its log', async () => {
    for (const log of [undefined, () => {}]) {
      const { open, driven } = await opened('postgres', { ...(log && { log }) });
      const methods = { ...driven };
      const link = await open();
      expect(Object.values(driven)).not.toContain(methods.executeQuery);
      link.release();
      await turns();
      expect({ ...driven }).toStrictEqual(methods);
    }
  });

  it('of a class keeps the methods of its class', async () => {
    const { open, driven } = await opened();
    const own = { ...driven };
    Object.setPrototypeOf(driven, own);
    Reflect.deleteProperty(driven, 'executeQuery');
    Reflect.deleteProperty(driven, 'streamQuery');
    Object.assign(driven, { id: 7 });
    const link = await open();
    Object.assign(driven, { id: 8 });
    link.release();
    await turns();
    expect(Object.entries(driven)).toStrictEqual([['id', 8]]);
  });

  it('that does not respond is closed, and given up by Kysely when its statement has ended', async () => {
    const { link } = await linked();
    let end!: (answer: object) => void;
    script.when(
      /^SELECT/,
      new Promise((resolve) => {
        end = resolve;
      }),
    );
    void run(link.tx, 'SELECT 1');
    await turns();
    link.destroy();
    await turns();
    expect(script.steps).toStrictEqual(['SELECT 1', 'shut']);
    end({ rows: [] });
    await turns();
    expect(script.steps).toStrictEqual(['SELECT 1', 'shut', 'close']);
  });
});

await describeWhere('better-sqlite3', 'a transaction of Kysely on SQLite', () => {
  let file: BetterSqlite3.Database;
  let link: KyselyLink<Transaction<unknown>>;
  let statements: string[];

  beforeEach(async () => {
    statements = [];
    file = new BetterSqlite3(':memory:');
    file.exec("CREATE TABLE sale (what TEXT UNIQUE); INSERT INTO sale VALUES ('tea')");
    const db = new Kysely<unknown>({
      dialect: new SqliteDialect({ database: file }),
      log: ({ query }) => void statements.push(query.sql),
    });
    const connection = await KyselyConnection.reserve(db, 'sqlite', 100);
    const parts = { dialect: 'sqlite', compound: new CompoundStatements(), limits: LIMITS } as const;
    link = await KyselyLink.open(connection, { ...parts, connections: undefined });
    await link.begin(['BEGIN', 'SAVEPOINT pass2pay']);
    statements.length = 0;
  });
  afterEach(() => void file.close());

  it('goes on after a statement that failed alone', async () => {
    await errorOf(run(link.tx, "INSERT INTO sale VALUES ('tea')"));
    await run(link.tx, "INSERT INTO sale VALUES ('cup')");
    expect(link.gate.close()).toBeUndefined();
    await link.commit(['RELEASE pass2pay', 'COMMIT']);
    expect(file.prepare('SELECT what FROM sale ORDER BY what').pluck().all()).toStrictEqual(['cup', 'tea']);
  });

  it('is over after an error that has rolled it back', async () => {
    await errorOf(run(link.tx, "INSERT OR ROLLBACK INTO sale VALUES ('tea')"));
    expect(file.inTransaction).toBe(false);
    expect(await errorOf(run(link.tx, "INSERT INTO sale VALUES ('cup')"))).toBeInstanceOf(BrokenTransactionError);
    expect(link.gate.close()).toMatch(/rolled its transaction back/);
    expect(statements.slice(1)).toStrictEqual(['BEGIN', 'ROLLBACK']);
  });
});

it('a transaction on SQLite is over if that cannot be found out', async () => {
  const { link } = await linked('sqlite');
  script.when(/^INSERT/, new Error('disk full'));
  script.when(/^BEGIN/, Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' }));
  await errorOf(run(link.tx, 'INSERT'));
  expect(await errorOf(run(link.tx, 'SELECT 1'))).toBeInstanceOf(BrokenTransactionError);
  expect(script.steps).toStrictEqual(['INSERT', 'BEGIN']);
});
