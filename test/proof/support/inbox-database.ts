import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { mysqlDatabase } from '../../../lib/database/adapters/mysql.js';
import { pgDatabase } from '../../../lib/database/adapters/pg.js';
import { optional } from '../../../lib/database/orders/order-row.js';
import { ensureSchema } from '../../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import { sqlFailure } from '../../../lib/database/sql-errors.js';
import type { SqlDatabase } from '../../../lib/database/sql-database.js';
import { MARIADB_URL, POSTGRES_URL } from '../../support/services.js';
import { afterCommitCounts, type AfterCommitCounts } from '../../database/support/after-commit-counts.js';
import type { InboxShopSettings } from './shop-process.js';

type Dialect = InboxShopSettings['dialect'];

/** How a server is reached, and what keeps an id for each row in the order of their commits to one order. */
const SERVERS = {
  PostgreSQL: {
    url: POSTGRES_URL,
    id: 'BIGSERIAL',
    drop: (name: string) => `DROP DATABASE ${name} WITH (FORCE)`,
    connect: (url: string) => {
      const pool = new pg.Pool({ connectionString: url, max: 4 });
      return { database: pgDatabase(pool) as SqlDatabase, end: () => pool.end() };
    },
  },
  MariaDB: {
    url: MARIADB_URL,
    id: 'BIGINT AUTO_INCREMENT UNIQUE',
    drop: (name: string) => `DROP DATABASE ${name}`,
    connect: (uri: string) => {
      const pool = mysql.createPool({ uri, connectionLimit: 4 });
      return { database: mysqlDatabase(pool) as SqlDatabase, end: () => pool.end() };
    },
  },
};

/** The columns by which the module waits. */
const TIMES: Readonly<Record<string, readonly string[]>> = {
  pass2pay_order: ['created_at', 'expires_at', 'creating_until', 'next_check_at'],
  pass2pay_outcome: ['due_at'],
  pass2pay_after_commit: ['due_at'],
};

/** What a handler has done to an order. */
export interface Effect {
  state: number;
  late: boolean;
}

/** A database of a merchant with the module's tables, and a table of effects without a key: what came twice stands there twice. */
export class InboxDatabase {
  private constructor(
    readonly dialect: Dialect,
    readonly url: string,
    private readonly connection: ReturnType<(typeof SERVERS)[Dialect]['connect']>,
  ) {}

  static async create(dialect: Dialect): Promise<InboxDatabase> {
    const { connect, id, url: serverUrl } = SERVERS[dialect];
    const name = `pass2pay_inbox_${randomBytes(6).toString('hex')}`;
    await asAdministrator(dialect, `CREATE DATABASE ${name}`);
    const url = new URL(serverUrl);
    url.pathname = name;
    const connection = connect(url.href);
    await ensureSchema(connection.database);
    await connection.database.execute(
      `CREATE TABLE effects (id ${id}, no VARCHAR(40) NOT NULL, state INTEGER NOT NULL, late INTEGER NOT NULL)`,
    );
    await connection.database.execute(`CREATE TABLE mails (id ${id}, no VARCHAR(40) NOT NULL, state INTEGER NOT NULL)`);
    return new InboxDatabase(dialect, url.href, connection);
  }

  async drop(): Promise<void> {
    await this.connection.end();
    await asAdministrator(this.dialect, SERVERS[this.dialect].drop(new URL(this.url).pathname.slice(1)));
  }

  /** What handlers have done to each order, the first first. */
  async effects(): Promise<Map<string, Effect[]>> {
    const { rows } = await this.connection.database.execute('SELECT no, state, late FROM effects ORDER BY id');
    const effects = new Map<string, Effect[]>();
    for (const { no, state, late } of rows) {
      const effect = { state: Number(state), late: Number(late) === 1 };
      effects.set(String(no), [...(effects.get(String(no)) ?? []), effect]);
    }
    return effects;
  }

  /** The states that mails of each order have told, the first first. */
  async mails(): Promise<Map<string, number[]>> {
    const { rows } = await this.connection.database.execute('SELECT no, state FROM mails ORDER BY id');
    const mails = new Map<string, number[]>();
    for (const { no, state } of rows) mails.set(String(no), [...(mails.get(String(no)) ?? []), Number(state)]);
    return mails;
  }

  /** What is left to do after commits, dead or not. */
  async afterCommit(): Promise<AfterCommitCounts> {
    return afterCommitCounts(this.connection.database, tablesOf());
  }

  /** The state of each order whose handlers have committed last, as the module remembers it. */
  async lastApplied(): Promise<Map<string, number | undefined>> {
    const { rows } = await this.connection.database.execute('SELECT mch_order_no, last_applied FROM pass2pay_order');
    return new Map(
      rows.map((row) => [String(row.mch_order_no), row.last_applied === null ? undefined : Number(row.last_applied)]),
    );
  }

  /** What became of the create of each order, and the gateway's number of it. */
  async orders(): Promise<Map<string, { status: string; gatewayId: string | undefined }>> {
    const { rows } = await this.connection.database.execute(
      'SELECT mch_order_no, status, gateway_id FROM pass2pay_order',
    );
    return new Map(
      rows.map((row) => [
        String(row.mch_order_no),
        { status: String(row.status), gatewayId: optional(row.gateway_id, String) },
      ]),
    );
  }

  /** How many orders have each status; `pending`: created, and not at their end. */
  async statuses(): Promise<Record<string, number>> {
    const { rows } = await this.connection.database.execute(
      `SELECT CASE WHEN status = 'created' AND next_check_at IS NOT NULL THEN 'pending' ELSE status END AS what, COUNT(*) AS n FROM pass2pay_order GROUP BY CASE WHEN status = 'created' AND next_check_at IS NOT NULL THEN 'pending' ELSE status END`,
    );
    return Object.fromEntries(rows.map(({ what, n }) => [String(what), Number(n)]));
  }

  /** Lets time pass for what the tables say of times, in ms: what processes and the database have for clocks stays as it is. */
  async letPass(ms: number): Promise<void> {
    for (const [table, columns] of Object.entries(TIMES)) {
      const earlier = columns.map((column) => `${column} = ${column} - ${ms}`).join(', ');
      await this.executeThoughLocked(`UPDATE ${table} SET ${earlier}`);
    }
  }

  /** Runs a statement again where the database has undone it for the processes' sake. */
  private async executeThoughLocked(statement: string): Promise<void> {
    for (;;) {
      try {
        await this.connection.database.execute(statement);
        return;
      } catch (error) {
        if (sqlFailure(error) !== 'rolled-back' && sqlFailure(error) !== 'lock-timeout') throw error;
      }
    }
  }

  /** Of which order the payment of each is a duplicate; undefined where it is none. */
  async duplicates(mchOrderNos: readonly string[]): Promise<(string | undefined)[]> {
    const { rows } = await this.connection.database.execute(
      "SELECT compared_no, duplicate_of FROM pass2pay_outcome WHERE state = 2 AND result = 'applied'",
    );
    const known = new Map(rows.map((row) => [String(row.compared_no), optional(row.duplicate_of, String)]));
    return mchOrderNos.map((number) => {
      if (!known.has(number)) throw new Error(`The payment of ${number} was not applied`);
      return known.get(number);
    });
  }

  /** How many outcomes have each result. */
  async results(): Promise<Record<string, number>> {
    const { rows } = await this.connection.database.execute(
      'SELECT result, COUNT(*) AS n FROM pass2pay_outcome GROUP BY result',
    );
    return Object.fromEntries(rows.map(({ result, n }) => [String(result), Number(n)]));
  }
}

async function asAdministrator(dialect: Dialect, statement: string): Promise<void> {
  const { connect, url } = SERVERS[dialect];
  const { database, end } = connect(url);
  try {
    await database.execute(statement);
  } finally {
    await end();
  }
}
