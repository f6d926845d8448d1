import { randomUUID } from 'node:crypto';
import { acquire } from './acquire.js';
import { rowsOf } from './compound-statements.js';
import { numbered } from '../placeholders.js';
import type { SqlDialect, SqlResult, SqlRow, SqlValue } from '../sql-database.js';

/** What the module needs of an instance of Kysely. */
export interface KyselyInstance<Tx = unknown> {
  readonly isTransaction: boolean;
  getExecutor(): unknown;
  connection(): unknown;
  transaction(): { execute(run: (trx: Tx) => never): unknown };
}

/** A Kysely instance whose statements all run on one connection. */
export interface KyselyOnOne {
  getExecutor(): {
    provideConnection(use: (connection: KyselyDriven) => Promise<KyselyDriven>): Promise<KyselyDriven>;
  };
  transaction(): { execute(work: (trx: unknown) => Promise<void>): Promise<void> };
}

export interface KyselyQuery {
  readonly sql: string;
}

interface KyselyResult {
  rows: readonly SqlRow[];
  numAffectedRows?: bigint;
}

/** A Kysely driver connection: all statements run through these methods. */
export interface KyselyDriven {
  executeQuery(query: KyselyQuery, ...rest: unknown[]): Promise<KyselyResult>;
  streamQuery(query: KyselyQuery, ...rest: unknown[]): AsyncIterableIterator<unknown>;
}

/** A connection checked out of a Kysely instance's pool. */
export class KyselyConnection {
  /** The running statements. */
  private readonly running = new Set<Promise<unknown>>();
  private readonly executeQuery: KyselyDriven['executeQuery'];

  /** @throws NoConnectionError when none is free within the timeout, in ms. */
  static async reserve(db: KyselyInstance, dialect: SqlDialect, withinMs: number): Promise<KyselyConnection> {
    const builder = db.connection() as { execute(use: (own: KyselyOnOne) => Promise<void>): Promise<void> };
    const reserved = new Promise<KyselyConnection>((resolve, reject) => {
      const use = async (own: KyselyOnOne) => {
        const driven = await own.getExecutor().provideConnection(async (connection) => connection);
        await new Promise<void>((release) => {
          resolve(new KyselyConnection(own, driven, dialect, release));
        });
      };
      builder.execute(use).catch(reject);
    });
    return acquire(reserved, withinMs, (late) => late.release());
  }

  private constructor(
    readonly own: KyselyOnOne,
    readonly driven: KyselyDriven,
    private readonly dialect: SqlDialect,
    readonly release: () => void,
  ) {
    this.executeQuery = driven.executeQuery.bind(driven);
  }

  /** Runs a statement of the module, without plugins. */
  async run(sql: string, params: readonly SqlValue[] = []): Promise<SqlResult> {
    const text = this.dialect === 'postgres' ? numbered(sql) : sql;
    const query = {
      sql: text,
      parameters: [...params],
      query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
      queryId: { queryId: randomUUID() },
    };
    const { rows, numAffectedRows } = await this.watched(async () => this.executeQuery(query));
    return { rows: rowsOf(rows), affected: Number(numAffectedRows ?? rows.length) };
  }

  async exec(sql: string): Promise<void> {
    await this.run(sql);
  }

  /** Runs something on the connection and tracks it. */
  async watched<Result>(run: () => Promise<Result>): Promise<Result> {
    const running = run();
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
    }
  }

  /** Resolves when nothing is running on it. */
  async rest(): Promise<void> {
    await Promise.allSettled(this.running);
  }
}
