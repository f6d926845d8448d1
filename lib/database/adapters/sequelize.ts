import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { messageOf } from '../../errors/message-of.js';
import { acquire, leaving, STATEMENT_WAIT_MS } from './acquire.js';
import { CompoundStatements } from './compound-statements.js';
import { gatedConnection } from './gated-connection.js';
import { notForHandlers } from './guarded.js';
import { MysqlLink, mysqlResultOf } from './mysql-link.js';
import { NamedStatements } from './named-statements.js';
import type { PgClient } from './pg-client.js';
import { PgLink, pgResultOf } from './pg-link.js';
import { numbered } from '../placeholders.js';
import type { SqlDatabase, SqlDialect, SqlExecutor } from '../sql-database.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import type { SqlLink } from '../transaction/sql-link.js';
import { TxGate } from '../transaction/tx-gate.js';

/** What the module needs of an instance of Sequelize 6. */
export interface SequelizeLike {
  getDialect(): string;
  readonly connectionManager: {
    getConnection(options: never): Promise<object>;
    releaseConnection(connection: never): void;
    destroyConnection(connection: never): Promise<void>;
  };
}

/** What the module needs of a transaction of Sequelize. */
export interface SequelizeTransaction {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Members that are not part of its documented API. */
interface OpenTransaction {
  connection: object | undefined;
  finished: 'commit' | 'rollback' | undefined;
  readonly _afterCommitHooks?: readonly ((transaction: unknown) => unknown)[];
}

/** Sequelize's names of the supported drivers. */
type Driver = 'postgres' | 'mysql' | 'mariadb';

const DIALECTS: Readonly<Record<Driver, SqlDialect>> = { postgres: 'postgres', mysql: 'mysql', mariadb: 'mysql' };

/**
 * A Sequelize 6 instance on PostgreSQL, MariaDB or MySQL; handlers get a `Transaction`, which they pass to each call as
 * `{ transaction: tx }`.
 *
 * @throws TypeError for an unsupported dialect.
 */
export function sequelizeDatabase<Transaction extends SequelizeTransaction = SequelizeTransaction>(
  sequelize: SequelizeLike,
): SqlDatabase<Transaction> {
  const driver = driverOf(sequelize);
  const dialect = DIALECTS[driver];
  const statements = { named: new NamedStatements(), compound: new CompoundStatements() };
  const manager: Manager = sequelize.connectionManager;
  const connect = (withinMs: number) =>
    acquire(manager.getConnection({}), withinMs, (late) => manager.releaseConnection(late));
  return {
    dialect,
    execute: async (...statement) => {
      const connection = await connect(STATEMENT_WAIT_MS);
      try {
        return await executorOf(driver, connection).execute(...statement);
      } finally {
        manager.releaseConnection(connection);
      }
    },
    begin: async (limits) => {
      const connection = await connect(limits.connectionTimeoutMs);
      const gate = new TxGate(dialect);
      const giveBack = () => manager.releaseConnection(connection);
      const tx = await leaving(
        () => transactionOn(sequelize, gatedConnection(connection, gate)) as Transaction,
        giveBack,
      );
      const link = new SequelizeLink(linkOf(driver, connection, tx, { manager, ...statements }), tx);
      return LinkedTransaction.begin(link, gate, dialect, limits);
    },
  };
}

interface Manager {
  getConnection(options: object): Promise<object>;
  releaseConnection(connection: object): void;
  destroyConnection(connection: object): Promise<void>;
}

function driverOf(sequelize: SequelizeLike): Driver {
  const driver = sequelize.getDialect();
  if (Object.hasOwn(DIALECTS, driver)) return driver as Driver;
  const known = Object.keys(DIALECTS).join(', ');
  throw new TypeError(`The dialect of Sequelize is ${driver}; the module supports ${known}.`);
}

/** A Sequelize transaction on a connection whose transaction the module begins and ends. */
function transactionOn(sequelize: SequelizeLike, connection: object): object {
  const { Transaction: Class } = sequelize.constructor as unknown as {
    Transaction: new (sequelize: SequelizeLike, options: object) => object;
  };
  const refuse = (name: string) => async () => {
    throw notForHandlers(name);
  };
  // After a deadlock, Sequelize calls `rollback` itself and then fails the handler's next statements.
  const own = { connection, commit: refuse('commit'), rollback: refuse('rollback') };
  return Object.assign(new Class(sequelize, {}), own);
}

class SequelizeLink<Tx extends object> implements SqlLink<Tx> {
  private readonly logger = new Logger('Pass2PayOutcome');

  constructor(
    private readonly link: SqlLink<Tx>,
    readonly tx: Tx,
  ) {}

  async execute(...statement: Parameters<SqlExecutor['execute']>): ReturnType<SqlExecutor['execute']> {
    return this.link.execute(...statement);
  }

  async begin(...statements: Parameters<SqlLink['begin']>): ReturnType<SqlLink['begin']> {
    return this.link.begin(...statements);
  }

  async commit(statements: readonly string[]): Promise<void> {
    await this.link.commit(statements);
    (this.tx as OpenTransaction).finished = 'commit';
  }

  async rollback(statements: readonly string[]): Promise<void> {
    await this.link.rollback(statements);
  }

  /** Sequelize runs its hooks before a statement. */
  async settle(): Promise<void> {
    await setImmediate();
  }

  isAlive(): boolean {
    return this.link.isAlive();
  }

  release(): void {
    this.link.release();
    const tx = this.tx as OpenTransaction;
    if (tx.finished === 'commit') void this.runHooks(tx);
    else tx.finished = 'rollback';
  }

  destroy(): void {
    (this.tx as OpenTransaction).finished = 'rollback';
    this.link.destroy();
  }

  /** They run after the commit, so their errors cannot undo it. */
  private async runHooks(tx: OpenTransaction): Promise<void> {
    const { _afterCommitHooks: hooks = [] } = tx;
    for (const hook of hooks) {
      try {
        await hook(tx);
      } catch (error) {
        this.logger.warn(`An after-commit hook of a transaction failed: ${messageOf(error)}`);
      }
    }
  }
}

interface LinkParts {
  manager: Manager;
  named: NamedStatements;
  compound: CompoundStatements;
}

function linkOf<Tx>(driver: Driver, connection: object, tx: Tx, { manager, named, compound }: LinkParts): SqlLink<Tx> {
  const release = () => manager.releaseConnection(connection);
  const destroy = () => void endAtOnce(manager, connection);
  if (driver === 'postgres') {
    const client = connection as PgClient;
    const pooled: PgClient = {
      query: (sql, params) => client.query(sql, params),
      on: (event, listener) => client.on(event, listener),
      off: (event, listener) => client.off(event, listener),
      release: (isBroken = false) => (isBroken ? destroy() : release()),
    };
    return new PgLink(tx, pooled, named);
  }
  return new MysqlLink(tx, { ...promised(driver, connection), release, destroy }, compound);
}

function executorOf(driver: Driver, connection: object): SqlExecutor {
  if (driver === 'postgres') {
    const client = connection as PgClient;
    return { execute: async (sql, params = []) => pgResultOf(await client.query(numbered(sql), [...params])) };
  }
  const own = promised(driver, connection);
  return { execute: async (sql, params = []) => mysqlResultOf(await own.execute(sql, [...params])) };
}

/** A connection of mysql2 or mariadb with the interface of mysql2/promise. */
function promised(driver: 'mysql' | 'mariadb', connection: object) {
  if (driver === 'mysql') {
    const own = (connection as { promise(): Promised }).promise();
    return {
      query: (sql: string) => own.query(sql),
      execute: (sql: string, params: unknown[] = []) => own.execute(sql, params),
    };
  }
  const own = connection as Promised;
  return {
    query: async (sql: string) => [await own.query(sql)],
    execute: async (sql: string, params: unknown[] = []) => [await own.query(sql, params)],
  };
}

/** The driver closes first, because the pool would wait for running statements. */
async function endAtOnce(manager: Manager, connection: { destroy?(): void }): Promise<void> {
  connection.destroy?.();
  await manager.destroyConnection(connection).catch(() => {});
}

interface Promised {
  query(sql: string, params?: unknown[]): Promise<unknown>;
  execute(sql: string, params: unknown[]): Promise<unknown>;
}
