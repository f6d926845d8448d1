import { acquire, leaving, STATEMENT_WAIT_MS } from './acquire.js';
import { CompoundStatements, rowsOf } from './compound-statements.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import { numbered } from '../placeholders.js';
import type { Semaphore } from '../transaction/semaphore.js';
import { takeTurns, turnsOf } from './shared-runner.js';
import type { SqlDatabase, SqlDialect, SqlResult, SqlValue } from '../sql-database.js';
import { BrokenTransactionError } from '../sql-errors.js';
import type { SqlLink } from '../transaction/sql-link.js';
import { beginWhenFree, runWhenFree, type SqliteExec } from './sqlite-lock.js';
import { TxGate } from '../transaction/tx-gate.js';

/** What the module needs of a QueryRunner of TypeORM. */
interface TypeOrmQueryRunner {
  connect(): Promise<unknown>;
  release(): Promise<void>;
  startTransaction(): Promise<void>;
  commitTransaction(): Promise<void>;
  rollbackTransaction(): Promise<void>;
  query(sql: string, params?: unknown[], isStructured?: boolean): Promise<unknown>;
  /** Not part of its documented API. */
  readonly transactionDepth?: number;
  releasePostgresConnection?(error: Error): Promise<void>;
}

/** What the module needs of a DataSource of TypeORM 0.3 or 1. */
export interface TypeOrmDataSource<Manager = unknown> {
  readonly options: { readonly type: string };
  readonly driver: object;
  createQueryRunner(): TypeOrmQueryRunner;
  createEntityManager(queryRunner?: never): Manager;
  query(sql: string, params?: unknown[]): Promise<unknown>;
}

const DIALECTS: Readonly<Record<string, SqlDialect>> = {
  postgres: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  'better-sqlite3': 'sqlite',
};

/**
 * A TypeORM DataSource; handlers get an EntityManager. With SQLite, TypeORM has only one connection: the application's
 * statements on the DataSource then wait while a transaction of the module is open, and vice versa.
 *
 * @throws TypeError for an unsupported type of database.
 */
export function typeOrmDatabase<Manager>(dataSource: TypeOrmDataSource<Manager>): SqlDatabase<Manager> {
  const dialect = DIALECTS[dataSource.options.type];
  if (dialect === undefined) {
    const known = Object.keys(DIALECTS).join(', ');
    throw new TypeError(`The DataSource is of type ${dataSource.options.type}; the module supports ${known}.`);
  }
  const textOf = dialect === 'postgres' ? numbered : (sql: string) => sql;
  const frameOf = framesOf(dialect);
  const turns = dialect === 'sqlite' ? turnsOf(dataSource.driver) : undefined;
  const connect = async (withinMs: number) => {
    const release = await turns?.acquire(withinMs);
    try {
      const runner = newRunner(dataSource, turns);
      const connection = await acquire(runner.connect(), withinMs, () => runner.release());
      return { runner, connection, release: () => void runner.release().finally(release) };
    } catch (error) {
      release?.();
      throw error;
    }
  };
  return {
    dialect,
    execute: async (sql, params = []) => {
      const { runner, connection, release } = await connect(STATEMENT_WAIT_MS);
      const run = () => structured(runner, textOf(sql), params);
      try {
        if (turns === undefined) return await run();
        return await runWhenFree(connection as SqliteExec, sql, STATEMENT_WAIT_MS, run);
      } finally {
        release();
      }
    },
    begin: async (limits) => {
      const { runner, connection, release } = await connect(limits.connectionTimeoutMs);
      const gate = new TxGate(dialect);
      const manager = await leaving(() => dataSource.createEntityManager(runner as never), release);
      const link = new TypeOrmLink(runner, {
        gate,
        textOf,
        frame: frameOf(connection, limits.lockTimeoutMs),
        release,
        manager,
      });
      return LinkedTransaction.begin(link, gate, dialect, limits);
    },
  };
}

/** With SQLite, `createQueryRunner` always returns the same one, which counts all transactions. */
function newRunner<Manager>(dataSource: TypeOrmDataSource<Manager>, turns: Semaphore | undefined): TypeOrmQueryRunner {
  const runner = dataSource.createQueryRunner();
  if (turns === undefined) return runner;
  takeTurns(runner, () => turns.acquire(STATEMENT_WAIT_MS));
  const Runner = runner.constructor as new (driver: unknown) => TypeOrmQueryRunner;
  return new Runner(dataSource.driver);
}

class TypeOrmLink<Manager> implements SqlLink<Manager> {
  readonly tx: Manager;
  private readonly query: TypeOrmQueryRunner['query'];
  /** The statements that replace TypeORM's own while the module begins or ends the transaction. */
  private own: (() => Promise<void>) | undefined;

  constructor(
    private readonly runner: TypeOrmQueryRunner,
    private readonly parts: {
      gate: TxGate;
      textOf(sql: string): string;
      frame: Frame;
      release(): void;
      manager: Manager;
    },
  ) {
    this.tx = parts.manager;
    this.query = runner.query.bind(runner);
    Object.assign(runner, {
      manager: parts.manager,
      query: (sql: string, ...rest: [unknown[]?, boolean?]) => this.queryOfTypeOrm(sql, rest),
    });
  }

  async execute(sql: string, params: readonly SqlValue[] = []): Promise<SqlResult> {
    return structured({ query: this.query }, this.parts.textOf(sql), params);
  }

  /** With TypeORM's own method, so that nested transactions become savepoints. */
  async begin(statements: readonly string[]): Promise<void> {
    const send = () => this.parts.frame.begin(statements, this.query);
    await this.inPlace(send, () => this.runner.startTransaction());
  }

  /** With TypeORM's own method, so that its subscribers are notified. */
  async commit(statements: readonly string[]): Promise<void> {
    if (this.depth > 1) {
      throw new BrokenTransactionError('Nothing was committed: a handler left a nested transaction open.');
    }
    await this.inPlace(this.ending(statements), () => this.runner.commitTransaction());
  }

  async rollback(statements: readonly string[]): Promise<void> {
    const send = this.ending(statements);
    if (this.depth === 1) await this.inPlace(send, () => this.runner.rollbackTransaction());
    else await send();
  }

  isAlive(): boolean {
    return true;
  }

  release(): void {
    this.parts.release();
  }

  destroy(): void {
    void this.close()
      .catch(() => {})
      .finally(() => this.parts.release());
  }

  /** Before the release, after which the pool may give the connection to another caller. */
  private async close(): Promise<void> {
    if (this.runner.releasePostgresConnection === undefined) {
      const connection = (await this.runner.connect()) as { destroy?(): void };
      connection.destroy?.();
    } else {
      void this.runner.releasePostgresConnection(new Error('The connection does not respond.'));
    }
  }

  /** Nesting depth of TypeORM's transactions. */
  private get depth(): number {
    return this.runner.transactionDepth ?? 1;
  }

  private ending(statements: readonly string[]): () => Promise<void> {
    return () => this.parts.frame.end(statements, this.query);
  }

  private async inPlace(own: () => Promise<void>, work: () => Promise<void>): Promise<void> {
    this.own = own;
    try {
      await work();
    } finally {
      this.own = undefined;
    }
  }

  private async queryOfTypeOrm(sql: string, rest: [unknown[]?, boolean?]): Promise<unknown> {
    if (this.own === undefined || !ITS_OWN.test(sql)) {
      return this.parts.gate.pass(sql, () => this.query(sql, ...rest));
    }
    if (!IS_SETTING.test(sql)) await this.own();
    return undefined;
  }
}

/** Runs statements in order, in one round trip if the library supports it; a failure prevents the following ones. */
type Send = CompoundStatements['run'];

/** How the statements that begin and end a transaction are sent. */
interface Frame {
  begin: Send;
  end: Send;
}

function framesOf(dialect: SqlDialect): (connection: unknown, lockTimeoutMs: number) => Frame {
  if (dialect === 'sqlite') {
    return (connection, lockTimeoutMs) => ({
      begin: (statements) => beginWhenFree(connection as SqliteExec, statements.join('; '), lockTimeoutMs),
      // Through TypeORM, after the un-awaited statement of a handler, which would otherwise be committed individually.
      end: async (statements, query) => {
        for (const statement of statements) await query(statement);
      },
    });
  }
  const compound = new CompoundStatements();
  const send: Send =
    dialect === 'mysql'
      ? (statements, query) => compound.run(statements, query)
      : async (statements, query) => void (await query(statements.join('; ')));
  return () => ({ begin: send, end: send });
}

/** The statements with which TypeORM begins and ends a transaction, replaced by the module's. */
const ITS_OWN =
  /^(?:START TRANSACTION|BEGIN TRANSACTION|COMMIT|ROLLBACK|SET TRANSACTION .*|PRAGMA read_uncommitted .*)$/;
const IS_SETTING = /^(?:SET|PRAGMA) /;

async function structured(
  runner: Pick<TypeOrmQueryRunner, 'query'>,
  sql: string,
  params: readonly SqlValue[],
): Promise<SqlResult> {
  const { records = [], affected = 0 } = (await runner.query(sql, [...params], true)) as {
    records?: readonly unknown[];
    affected?: number;
  };
  return { rows: rowsOf(records), affected };
}
