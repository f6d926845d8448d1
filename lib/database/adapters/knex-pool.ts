import { acquire, leaving, STATEMENT_WAIT_MS } from './acquire.js';
import { CompoundStatements } from './compound-statements.js';
import { transactionOn } from './knex-transaction.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import { MysqlLink, mysqlResultOf, type MysqlConnection } from './mysql-link.js';
import { NamedStatements } from './named-statements.js';
import { numbered } from '../placeholders.js';
import type { PgClient } from './pg-client.js';
import { PgLink, pgResultOf } from './pg-link.js';
import type { SqlDatabase, SqlDialect, SqlResult, SqlValue } from '../sql-database.js';
import type { SqlLink } from '../transaction/sql-link.js';
import { isInTransaction, runOn, SqliteLink, type SqliteConnection } from './sqlite-link.js';
import { runWhenFree } from './sqlite-lock.js';
import { TxGate } from '../transaction/tx-gate.js';

/** What the module needs of an instance of Knex. */
export interface KnexInstance<Tx = unknown> {
  readonly client: unknown;
  readonly isTransaction?: boolean;
  transaction(run: (trx: Tx) => never): unknown;
}

/** What the module needs of the client of an instance of Knex. */
interface KnexClient {
  readonly driverName: string;
  acquireConnection(): Promise<object>;
  releaseConnection(connection: object): Promise<unknown>;
}

/** What handlers get, and how to run them, for a library that is based on Knex. */
type OnKnex<Tx> = Pick<SqlLink<Tx>, 'tx' | 'runHandlers' | 'settle'>;

/** Same as `knexDatabase`, for a library that is based on Knex. */
export function knexDatabaseWith<Tx>(knex: KnexInstance, make: (trx: object) => OnKnex<Tx>): SqlDatabase<Tx> {
  const client = knex.client as KnexClient;
  const driver = DRIVERS[client.driverName]?.();
  if (driver === undefined) {
    const known = Object.keys(DRIVERS).join(', ');
    throw new TypeError(`The client of Knex is ${client.driverName}; the module supports ${known}.`);
  }
  const connect = (withinMs: number) =>
    acquire(client.acquireConnection(), withinMs, (late) => client.releaseConnection(late));
  return {
    dialect: driver.dialect,
    execute: async (sql, params = []) => {
      const connection = await connect(STATEMENT_WAIT_MS);
      try {
        return await driver.execute(connection, sql, params);
      } finally {
        void client.releaseConnection(connection);
      }
    },
    begin: async (limits, first) => {
      const connection = await connect(limits.connectionTimeoutMs);
      const giveBack = () => void client.releaseConnection(connection);
      const gate = driver.gateOf(connection);
      const { trx, end } = await leaving(() => transactionOn(knex, connection, gate), giveBack);
      const release = () => {
        end();
        giveBack();
      };
      const { tx, ...own } = await leaving(() => make(trx), release);
      const link = driver.linkOf(tx, connection, {
        lockTimeoutMs: limits.lockTimeoutMs,
        release,
        destroy: (close) => {
          end();
          // Knex does not reuse such a connection.
          Object.assign(connection, { __knex__disposed: new Error('The connection did not respond.') });
          close();
          giveBack();
        },
      });
      return LinkedTransaction.begin(Object.assign(link, own), gate, driver.dialect, limits, first);
    },
  };
}

interface Leaving {
  lockTimeoutMs: number;
  release: () => void;
  destroy: (close: () => void) => void;
}

/** The module's own operations on a driver's connection. */
interface Driver {
  dialect: SqlDialect;
  execute(connection: unknown, sql: string, params: readonly SqlValue[]): Promise<SqlResult>;
  gateOf(connection: unknown): TxGate;
  linkOf<Tx>(trx: Tx, connection: unknown, leave: Leaving): SqlLink<Tx>;
}

const DRIVERS: Readonly<Record<string, () => Driver>> = {
  pg: pgDriver,
  mysql2: mysqlDriver,
  mariadb: mariadbDriver,
  'better-sqlite3': sqliteDriver,
};

function pgDriver(): Driver {
  type Client = PgClient & { end(): Promise<void> };
  const named = new NamedStatements();
  return {
    dialect: 'postgres',
    execute: async (connection, sql, params) =>
      pgResultOf(await (connection as Client).query(numbered(sql), [...params])),
    gateOf: () => new TxGate('postgres'),
    linkOf: (trx, connection, { release, destroy }) => {
      const client = connection as Client;
      const own: PgClient = {
        query: (statement, params) => client.query(statement, params),
        on: (event, listener) => client.on(event, listener),
        off: (event, listener) => client.off(event, listener),
        release: (isBroken) => {
          if (isBroken === true) destroy(() => void client.end().catch(() => {}));
          else release();
        },
      };
      return new PgLink(trx, own, named);
    },
  };
}

function mysqlDriver(): Driver {
  interface Connection {
    promise(): Pick<MysqlConnection, 'query' | 'execute'>;
    destroy(): void;
  }
  const compound = new CompoundStatements();
  return {
    dialect: 'mysql',
    execute: async (connection, sql, params) =>
      mysqlResultOf(await (connection as Connection).promise().execute(sql, [...params])),
    gateOf: () => new TxGate('mysql'),
    linkOf: (trx, connection, { release, destroy }) => {
      const driven = (connection as Connection).promise();
      const own: MysqlConnection = {
        query: (sql) => driven.query(sql),
        execute: (sql, params) => driven.execute(sql, params),
        release,
        destroy: () => destroy(() => (connection as Connection).destroy()),
      };
      return new MysqlLink(trx, own, compound);
    },
  };
}

/** The callback API of the package mariadb, as MikroORM uses it. */
function mariadbDriver(): Driver {
  interface Connection {
    query(sql: string, params: readonly unknown[], answer: (error: unknown, result: unknown) => void): unknown;
    destroy(): void;
  }
  const compound = new CompoundStatements();
  const promised = (connection: unknown) => ({
    execute: (sql: string, params: readonly unknown[] = []) =>
      new Promise((resolve, reject) => {
        (connection as Connection).query(sql, params, (error, result) =>
          // In the form of mysql2, with the columns next to the rows.
          error ? reject(error) : resolve([result]),
        );
      }),
  });
  return {
    dialect: 'mysql',
    execute: async (connection, sql, params) => mysqlResultOf(await promised(connection).execute(sql, params)),
    gateOf: () => new TxGate('mysql'),
    linkOf: (trx, connection, { release, destroy }) => {
      const { execute } = promised(connection);
      const end = () => destroy(() => (connection as Connection).destroy());
      return new MysqlLink(trx, { query: execute, execute, release, destroy: end }, compound);
    },
  };
}

function sqliteDriver(): Driver {
  return {
    dialect: 'sqlite',
    execute: async (connection, sql, params) => {
      const database = connection as SqliteConnection;
      return runWhenFree(database, sql, STATEMENT_WAIT_MS, () => runOn(database, sql, params));
    },
    gateOf: (connection) => new TxGate('sqlite', () => isInTransaction(connection as SqliteConnection)),
    linkOf: (trx, connection, { release, lockTimeoutMs }) =>
      new SqliteLink(trx, connection as SqliteConnection, { release, lockTimeoutMs }),
  };
}
