// Real time: limits on what a database that is away, slow or busy may cost. The proxy decides when it is.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { afterEach, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { mysqlDatabase } from '../../lib/database/adapters/mysql.js';
import { pgDatabase } from '../../lib/database/adapters/pg.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { NoAnswerError } from '../../lib/database/sql-errors.js';
import { sqliteDatabase } from '../../lib/database/adapters/sqlite.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import type { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { gatewayIdOf, post, successNotify } from '../proof/support/orders.js';
import { besideEachOther } from '../support/beside-each-other.js';
import { startApp } from '../support/nest-app.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { COMMIT, DatabaseProxy } from './support/database-proxy.js';
import { describeWhere } from './support/describe-where.js';
import { OwnServer } from './support/own-server.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;

/** Of the application's pool. */
const CONNECTIONS = 4;
const ACKNOWLEDGED = '200 success';
/** The gateway takes either for “not acknowledged”. */
const REFUSED = /^50[03] /;

/** What tests give to the application to wait no longer for what does not come. */
const SHORT = { connectionTimeoutMs: 1_000, lockTimeoutMs: 1_000, handlerTimeoutMs: 1_000 };
/** For what does come, however slowly. */
const PATIENT = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000, handlerTimeoutMs: 600_000 };

/** A pool of a library, as the application has it. */
interface Pool {
  database: SqlDatabase;
  /** Runs a statement on what handlers get. */
  run(tx: unknown, sql: string): Promise<unknown>;
  /** Runs a statement on any connection of the pool, as a handler does that forgets its `tx`. */
  runAnywhere(sql: string): Promise<unknown>;
  /** Takes a connection out of the pool; gives what gives it back. */
  take(): Promise<() => void>;
  close(): Promise<unknown>;
}

const SERVERS = {
  PostgreSQL: {
    url: POSTGRES_URL,
    open: (connectionString: string): Pool => {
      const pool = new pg.Pool({ connectionString, max: CONNECTIONS });
      pool.on('error', () => {});
      return {
        database: pgDatabase(pool),
        run: (tx, sql) => (tx as pg.PoolClient).query(sql),
        runAnywhere: (sql) => pool.query(sql),
        take: async () => {
          const client = await pool.connect();
          return () => client.release();
        },
        close: () => pool.end(),
      };
    },
  },
  MariaDB: {
    url: MARIADB_URL,
    open: (uri: string): Pool => {
      const pool = mysql.createPool({ uri, connectionLimit: CONNECTIONS });
      return {
        database: mysqlDatabase(pool),
        run: (tx, sql) => (tx as mysql.PoolConnection).query(sql),
        runAnywhere: (sql) => pool.query(sql),
        take: async () => {
          const connection = await pool.getConnection();
          return () => connection.release();
        },
        close: () => pool.end(),
      };
    },
  },
};

type Closing = (() => unknown)[];

async function endAll(closing: Closing): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close();
}

/** What is to be ended after a test, the last first; a test beside others has its own. */
const closing: Closing = [];
const closingBeside = new AsyncLocalStorage<Closing>();
afterEach(() => endAll(closing));

function own<T>(part: T, close: (part: T) => unknown): T {
  (closingBeside.getStore() ?? closing).push(() => close(part));
  return part;
}

/** Runs a test that waits for limits beside the others of its `describe`. */
async function beside(test: () => Promise<void>): Promise<void> {
  const ofTest: Closing = [];
  try {
    await closingBeside.run(ofTest, test);
  } finally {
    await endAll(ofTest);
  }
}

/** A promise that the test keeps or breaks, and whether anybody has asked for it. */
function gate() {
  let open!: () => void;
  let reach!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const pass = async () => {
    reach();
    await opened;
  };
  return { pass, reached, open };
}

/** A shop whose handlers write into its database, without a key; `observer` reaches the same database, whatever happens. */
async function openShop(
  pool: Pick<Pool, 'database' | 'run'>,
  observer: SqlDatabase,
  databaseLimits: Pass2PayOptions['databaseLimits'],
) {
  const prefix = `s${randomBytes(5).toString('hex')}_`;
  const effects = `${prefix}effect`;
  await ensureSchema(observer, { prefix });
  await observer.execute(`CREATE TABLE ${effects} (no VARCHAR(40), state INTEGER, late INTEGER)`);
  const names = [...Object.values(tablesOf({ prefix })), effects];
  own(names, async () => {
    for (const name of names) await observer.execute(`DROP TABLE ${name}`);
  });
  const sandbox = own(await Pass2PaySandbox.start({ clock: 'stepped' }), (each) => each.stop());
  /** What a handler does besides, before and after its statement. */
  const handler: { before?: () => unknown; after?: (tx: unknown) => unknown; run: Pool['run'] } = {
    run: (tx, sql) => pool.run(tx, sql),
  };

  @Injectable()
  class Fulfilment {
    @OnPayment()
    async settle({ mchOrderNo, state, late }: PaymentOutcome, tx: unknown) {
      await handler.before?.();
      const values = `'${mchOrderNo}', ${state}, ${late ? 1 : 0}`;
      await handler.run(tx, `INSERT INTO ${effects} (no, state, late) VALUES (${values})`);
      await handler.after?.(tx);
    }
  }

  const { app, url } = await startApp({
    imports: [
      Pass2PayModule.forRoot({
        notifyPath: 'pay/notify',
        baseUrl: sandbox.url,
        merchants: [{ mchNo, appId, secrets: secret }],
        database: pool.database,
        databaseTables: { prefix },
        databaseLimits: { ...databaseLimits, sweepEveryMs: 86_400_000 },
      }),
    ],
    providers: [Fulfilment],
  });
  own(app, () => app.close());
  const notifyUrl = `${url}/pay/notify`;
  return {
    handler,
    sandbox,
    create: (mchOrderNo: string) =>
      app.get(CashierService).createOrder({
        mchOrderNo,
        amount: 8_800,
        custNo: 'C1',
        registerTime: 1_622_016_572_190,
        notifyUrl,
      }),
    /** Tells the shop that an order is paid; gives its answer. */
    tell: (mchOrderNo: string) => post(notifyUrl, successNotify(mchOrderNo, gatewayIdOf(sandbox, mchOrderNo))),
    /** Asks the gateway about all orders whose end is not known. */
    reconcile: async () => {
      await observer.execute(`UPDATE ${prefix}order SET next_check_at = 0 WHERE next_check_at IS NOT NULL`);
      await app.get(Reconciler).sweep();
    },
    /** As `tell`, again and again until it is acknowledged: the application recovers by itself. */
    tellUntilAcknowledged: async (mchOrderNo: string) => {
      for (;;) {
        const response = await post(notifyUrl, successNotify(mchOrderNo, gatewayIdOf(sandbox, mchOrderNo)));
        if (response === ACKNOWLEDGED) return;
        expect(response).toMatch(REFUSED);
      }
    },
    effects: async () => {
      const { rows } = await observer.execute(`SELECT no FROM ${effects} ORDER BY no`);
      return rows.map(({ no }) => no);
    },
    /** The states that an order's handlers have seen. */
    states: async () => {
      const { rows } = await observer.execute(`SELECT state, late FROM ${effects}`);
      return rows.map(({ state, late }) => `${Number(state)}${Number(late) === 1 ? ' late' : ''}`).toSorted();
    },
    outcomes: async () => {
      const { rows } = await observer.execute(`SELECT result FROM ${prefix}outcome ORDER BY id`);
      return rows.map(({ result }) => result);
    },
    /** Locks the row of the only order from elsewhere; gives what lets it go. */
    lockOrder: async () => {
      const transaction = await observer.begin(PATIENT);
      await transaction.execute(`SELECT * FROM ${prefix}order FOR UPDATE`);
      return () => transaction.rollback();
    },
  };
}

for (const name of ['PostgreSQL', 'MariaDB'] as const) {
  await describeWhere(name, `${name} behind a network that fails`, () => {
    const itBeside = besideEachOther(beside);

    /** One opens after the other: none has its limits run out because others start. */
    let opening: Promise<unknown> = Promise.resolve();
    function open(limits: Pass2PayOptions['databaseLimits']) {
      const opened = opening.then(() => openShopBehindProxy(limits));
      opening = opened.catch(() => {});
      return opened;
    }

    /** A shop that reaches its database by a proxy. */
    async function openShopBehindProxy(limits: Pass2PayOptions['databaseLimits']) {
      const { url, open: openPool } = SERVERS[name];
      const observer = own(openPool(url), (each) => each.close());
      const proxy = own(await DatabaseProxy.start(url), (each) => each.close());
      const pool = own(openPool(proxy.url), (each) => each.close());
      const shop = await openShop(pool, observer.database, limits);
      await shop.create('O1');
      return { ...shop, proxy, pool };
    }

    it('acknowledges nothing while it is away, and works again by itself', async () => {
      const { proxy, tell, tellUntilAcknowledged, effects } = await open(PATIENT);
      proxy.refuse();
      expect(await tell('O1')).toMatch(REFUSED);
      expect(await effects()).toEqual([]);
      proxy.accept();
      await tellUntilAcknowledged('O1');
      expect(await effects()).toEqual(['O1']);
    });

    it('has the reconciler find a payment whose notifies all came while it was away, and has lost a late one', async () => {
      const { proxy, sandbox, create, reconcile, effects, states } = await open(PATIENT);
      await create('O2');
      await sandbox.close('O2');
      await sandbox.advance(0);
      proxy.refuse();
      await sandbox.pay('O1');
      await sandbox.payAfterClose('O2');
      await sandbox.advance(900_000);
      for (const order of ['O1', 'O2']) {
        expect(await sandbox.notifySettled(order)).toEqual({ acknowledged: false, attempts: 6 });
      }
      proxy.accept();
      await reconcile();
      expect(await effects()).toEqual(['O1', 'O2']);
      expect(await states()).toEqual(['2', '6']);
    });

    itBeside('refuses within its limits while the network swallows everything, and works again by itself', async () => {
      const { proxy, tell, tellUntilAcknowledged, effects } = await open(SHORT);
      proxy.hang();
      const responses = await Promise.all(Array.from({ length: 2 * CONNECTIONS }, () => tell('O1')));
      for (const response of responses) expect(response).toMatch(REFUSED);
      expect(await effects()).toEqual([]);
      proxy.accept();
      await tellUntilAcknowledged('O1');
      expect(await effects()).toEqual(['O1']);
    });

    itBeside('refuses within its limits where the network begins to swallow everything in a handler', async () => {
      const { proxy, handler, tell, tellUntilAcknowledged, effects } = await open(SHORT);
      handler.before = () => proxy.hang();
      expect(await tell('O1')).toMatch(REFUSED);
      delete handler.before;
      proxy.accept();
      await tellUntilAcknowledged('O1');
      expect(await effects()).toEqual(['O1']);
    });

    itBeside('keeps no connection for statements that nobody answered', async () => {
      const { proxy, pool } = await open(PATIENT);
      const limits = { ...PATIENT, lockTimeoutMs: 1 };
      const transactions = await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.database.begin(limits)));
      proxy.hang();
      for (const answer of await Promise.allSettled(transactions.map((each) => each.execute('SELECT 1')))) {
        expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(NoAnswerError) });
      }
      await Promise.all(transactions.map((each) => each.rollback()));
      proxy.accept();
      const next = await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.database.begin(PATIENT)));
      await Promise.all(next.map((each) => each.commit()));
    });

    it('acknowledges what it has committed, however slowly the database answers', async () => {
      const { proxy, tell, effects } = await open(PATIENT);
      proxy.delay(50);
      expect(await tell('O1')).toBe(ACKNOWLEDGED);
      expect(await effects()).toEqual(['O1']);
    });

    it.each([
      ['as the transaction begins', /READ COMMITTED/],
      ['as the order is moved on', /SET previous_applied/],
      ['as the handler writes', /INSERT INTO s\w+_effect/],
      ['as the transaction is committed', COMMIT],
    ])('has no effect where the connection breaks %s, and one when the event comes again', async (_, text) => {
      const { proxy, tell, tellUntilAcknowledged, effects } = await open(PATIENT);
      const broken = proxy.breakAt({ when: 'before', text, andRefuse: true });
      expect(await tell('O1')).toMatch(REFUSED);
      await broken;
      expect(await effects()).toEqual([]);
      proxy.accept();
      await tellUntilAcknowledged('O1');
      expect(await effects()).toEqual(['O1']);
    });

    it('has no effect where all connections break while a handler runs, and one when the event comes again', async () => {
      const { proxy, handler, tell, tellUntilAcknowledged, effects } = await open(PATIENT);
      handler.after = () => proxy.refuse();
      expect(await tell('O1')).toMatch(REFUSED);
      expect(await effects()).toEqual([]);
      delete handler.after;
      proxy.accept();
      await tellUntilAcknowledged('O1');
      expect(await effects()).toEqual(['O1']);
    });

    it('acknowledges what was committed although the answer was lost', async () => {
      const { proxy, handler, tell, effects, outcomes } = await open(PATIENT);
      let broken: Promise<void> | undefined;
      handler.after = () => {
        broken = proxy.breakAt({ when: 'after', text: COMMIT });
      };
      expect(await tell('O1')).toBe(ACKNOWLEDGED);
      await broken;
      expect(await effects()).toEqual(['O1']);
      expect(await outcomes()).toEqual(['applied']);
    });

    it('acknowledges no commit whose answer was lost while it cannot look, and has its effect once all the same', async () => {
      const { proxy, handler, tell, tellUntilAcknowledged, effects, outcomes } = await open(PATIENT);
      handler.after = () => void proxy.breakAt({ when: 'after', text: COMMIT, andRefuse: true });
      expect(await tell('O1')).toMatch(REFUSED);
      delete handler.after;
      expect(await effects()).toEqual(['O1']);
      proxy.accept();
      await tellUntilAcknowledged('O1');
      expect(await effects()).toEqual(['O1']);
      expect(await outcomes()).toEqual(['applied']);
    });

    it.each([false, true])(
      'acknowledges no late payment before it is applied, whose keeping had no answer (away after that: %s)',
      async (andRefuse) => {
        const { proxy, sandbox, states, outcomes } = await open(PATIENT);
        await sandbox.close('O1');
        await sandbox.advance(0);
        expect(await states()).toEqual(['6']);
        const broken = proxy.breakAt({ when: 'after', text: COMMIT, andRefuse });
        await sandbox.payAfterClose('O1');
        await sandbox.advance(0);
        await broken;
        expect(sandbox.notifyAttempts('O1').map(({ acknowledged }) => acknowledged)).toEqual([true, false]);
        expect(await outcomes()).toEqual(['applied', 'received']);
        proxy.accept();
        await sandbox.advance(900_000);
        expect(await states()).toEqual(['2 late', '6']);
        expect(await outcomes()).toEqual(['applied', 'applied']);
      },
    );

    it.each(['before', 'after'] as const)(
      'applies a payment once whose failure it could not keep, or does not know to have kept (%s)',
      async (when) => {
        const { proxy, handler, tell, tellUntilAcknowledged, states, outcomes } = await open(PATIENT);
        handler.after = () => {
          void proxy.breakAt({ when, text: COMMIT, andRefuse: true });
          throw new Error('The warehouse is closed');
        };
        expect(await tell('O1')).toMatch(REFUSED);
        expect(await outcomes()).toEqual(when === 'after' ? ['failed'] : []);
        delete handler.after;
        proxy.accept();
        await tellUntilAcknowledged('O1');
        expect(await states()).toEqual(['2']);
        expect(await outcomes()).toEqual(['applied']);
      },
    );

    itBeside(
      'refuses within its limits when the application has taken all connections, and works when they are back',
      async () => {
        const { pool, tell, tellUntilAcknowledged, effects } = await open(SHORT);
        const giveBack = await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.take()));
        expect(await tell('O1')).toMatch(REFUSED);
        for (const each of giveBack) each();
        await tellUntilAcknowledged('O1');
        expect(await effects()).toEqual(['O1']);
      },
    );

    itBeside('ends handlers within their limit that wait for one another by the pool', async () => {
      const { pool, handler, create, tell, tellUntilAcknowledged } = await open(SHORT);
      const orders = Array.from({ length: 2 * CONNECTIONS }, (_, index) => `P${index}`);
      for (const order of orders) await create(order);
      // The application has one left for itself, and all handlers want one that is not theirs.
      const giveBack = await Promise.all(Array.from({ length: CONNECTIONS - 1 }, () => pool.take()));
      const { run } = handler;
      handler.run = (_, sql) => pool.runAnywhere(sql);
      for (const response of await Promise.all(orders.map(tell))) expect(response).toMatch(REFUSED);
      handler.run = run;
      for (const each of giveBack) each();
      await Promise.all(orders.map(tellUntilAcknowledged));
    });

    itBeside(
      'refuses within its limit where another transaction holds the order, keeps no failure, and works after that',
      async () => {
        const { lockOrder, tell, tellUntilAcknowledged, effects, outcomes } = await open(SHORT);
        const unlock = await lockOrder();
        expect(await tell('O1')).toMatch(REFUSED);
        await unlock();
        expect(await outcomes()).toEqual([]);
        await tellUntilAcknowledged('O1');
        expect(await effects()).toEqual(['O1']);
      },
    );
  });

  await describeWhere(name, `${name} that fails over`, () => {
    it('acknowledges nothing that is lost with a server, and goes on with the next one by itself', async () => {
      const { open: openPool } = SERVERS[name];
      const server = own(await OwnServer.create(name), (each) => each.remove());
      const direct = own(await DatabaseProxy.start(server.url, await server.start()), (each) => each.close());
      const proxy = own(await DatabaseProxy.start(server.url), (each) => each.close());
      const observer = own(openPool(direct.url), (each) => each.close());
      const pool = own(openPool(proxy.url), (each) => each.close());
      const leadTo = (target: Awaited<ReturnType<OwnServer['start']>>) => {
        for (const each of [proxy, direct]) each.leadTo(target);
      };
      await server.kill();
      leadTo(await server.start());
      const shop = await openShop(pool, observer.database, PATIENT);
      for (const order of ['O1', 'O2', 'O3']) await shop.create(order);
      expect(await shop.tell('O1')).toBe(ACKNOWLEDGED);

      // In the middle of a handler, with one more that comes while there is no server.
      const { pass, reached, open: letOn } = gate();
      shop.handler.after = pass;
      const told = shop.tell('O2');
      await reached;
      await server.kill();
      delete shop.handler.after;
      letOn();
      expect(await told).toMatch(REFUSED);
      expect(await shop.tell('O3')).toMatch(REFUSED);

      leadTo(await server.start());
      for (const order of ['O1', 'O2', 'O3']) await shop.tellUntilAcknowledged(order);
      expect(await shop.effects()).toEqual(['O1', 'O2', 'O3']);
      expect(await shop.outcomes()).toEqual(['applied', 'applied', 'applied']);
    });
  });
}

await describeWhere('libsql', 'a file of SQLite', () => {
  it('refuses within its limit while another process has locked it, and works after that', async () => {
    const folder = own(await mkdtemp(join(tmpdir(), 'pass2pay-sqlite-')), (each) => rm(each, { recursive: true }));
    const openFile = () => own(new Libsql(join(folder, 'shop.sqlite')), (each) => each.close());
    const [connection, other] = [openFile(), openFile()];
    const database = sqliteDatabase(connection);
    const run = async (tx: unknown, sql: string) => (tx as Libsql.Database).exec(sql);
    const shop = await openShop({ database, run }, database, SHORT);
    await shop.create('O1');
    other.exec('BEGIN IMMEDIATE');
    expect(await shop.tell('O1')).toMatch(REFUSED);
    other.exec('ROLLBACK');
    await shop.tellUntilAcknowledged('O1');
    expect(await shop.effects()).toEqual(['O1']);
    expect(await shop.outcomes()).toEqual(['applied']);
  });
});
