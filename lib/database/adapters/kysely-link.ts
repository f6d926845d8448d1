import type { CompoundStatements } from './compound-statements.js';
import type { DriverConnections } from './driver-connections.js';
import type { KyselyConnection, KyselyDriven, KyselyQuery } from './kysely-connection.js';
import type { SqlDialect, SqlLimits, SqlResult, SqlStatement, SqlValue } from '../sql-database.js';
import { sqlFailure } from '../sql-errors.js';
import type { SqlLink } from '../transaction/sql-link.js';
import { beginWhenFree } from './sqlite-lock.js';
import { TxGate } from '../transaction/tx-gate.js';

interface Parts {
  dialect: SqlDialect;
  compound: CompoundStatements;
  connections: DriverConnections | undefined;
  limits: SqlLimits;
}

/**
 * A Kysely transaction on a connection whose transaction the module begins and ends; Kysely's own begin and end do
 * nothing. Its statements and the handlers' use the connection's methods, which are replaced while it is reserved.
 */
export class KyselyLink<Tx> implements SqlLink<Tx> {
  readonly gate: TxGate;
  tx!: Tx;
  /**
   * Whether Kysely is beginning or ending its transaction: its own statements then do nothing, or fail so that it drops
   * the connection.
   */
  private frame: 'beginning' | 'ending' | 'failing' | undefined = 'beginning';
  private hasBegun = false;
  /** SQLite has rolled the transaction back itself. */
  private isGone = false;
  private end!: (error?: Error) => void;
  private kysely!: Promise<void>;
  private readonly methods: Partial<KyselyDriven>;

  static async open<Tx>(connection: KyselyConnection, parts: Parts): Promise<KyselyLink<Tx>> {
    const link = new KyselyLink<Tx>(connection, parts);
    try {
      await parts.connections?.identify(connection, parts.dialect);
      link.replaceMethods();
      await link.beginKysely();
    } catch (error) {
      link.restoreMethods();
      connection.release();
      throw error;
    }
    return link;
  }

  private constructor(
    private readonly connection: KyselyConnection,
    private readonly parts: Parts,
  ) {
    this.gate = new TxGate(parts.dialect, () => !this.isGone);
    this.methods = Object.fromEntries(
      Object.entries(connection.driven).filter(([name]) => name === 'executeQuery' || name === 'streamQuery'),
    );
  }

  async execute(sql: string, params?: readonly SqlValue[]): Promise<SqlResult> {
    return this.connection.run(sql, params);
  }

  async begin(statements: readonly string[], first?: SqlStatement): Promise<SqlResult | void> {
    const { dialect, compound, limits } = this.parts;
    if (dialect === 'sqlite') {
      const [begin, ...others] = statements;
      await beginWhenFree(this.connection, begin!, limits.lockTimeoutMs);
      for (const each of others) await this.connection.run(each);
      return;
    }
    if (dialect === 'mysql' && first !== undefined) {
      const together = [...statements, first.sql];
      const result = await compound.runTogether(together, (sql) => this.connection.run(sql, first.params));
      if (result !== undefined) return result;
    }
    await this.send(statements);
  }

  async commit(statements: readonly string[]): Promise<void> {
    await this.send(statements);
  }

  async rollback(statements: readonly string[]): Promise<void> {
    await this.send(statements);
  }

  /** On a lost connection the last statement has failed. */
  isAlive(): boolean {
    return true;
  }

  release(): void {
    void this.leave();
  }

  destroy(): void {
    void this.close();
  }

  private async send(statements: readonly string[]): Promise<void> {
    const { dialect, compound } = this.parts;
    if (dialect === 'postgres') await this.connection.run(statements.join('; '));
    else if (dialect === 'mysql') await compound.run(statements, (sql) => this.connection.run(sql));
    else for (const each of statements) await this.connection.run(each);
  }

  private async close(): Promise<void> {
    this.parts.connections?.close(this.connection);
    // If it could not be closed, it is not released before it is free.
    await this.connection.rest();
    await this.leave(new Error('The connection did not respond.'));
  }

  private async leave(failure?: Error): Promise<void> {
    this.frame = failure === undefined ? 'ending' : 'failing';
    this.end(failure);
    await this.kysely.catch(() => {});
    this.restoreMethods();
    this.connection.release();
  }

  private async beginKysely(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const hold = async (trx: unknown) => {
        if (!this.hasBegun) throw new TypeError('The Kysely dialect starts transactions without a statement.');
        this.frame = undefined;
        this.tx = trx as Tx;
        await new Promise<void>((commit, rollBack) => {
          this.end = (error) => {
            if (error === undefined) commit();
            else rollBack(error);
          };
          resolve();
        });
      };
      this.kysely = this.connection.own.transaction().execute(hold);
      this.kysely.catch(reject);
    });
  }

  private replaceMethods(): void {
    const { driven } = this.connection;
    const executeQuery = driven.executeQuery.bind(driven);
    const streamQuery = driven.streamQuery.bind(driven);
    const { gate } = this;
    Object.assign(driven, {
      executeQuery: async (query: KyselyQuery, ...rest: unknown[]) => {
        if (this.frame !== undefined && ITS_OWN.test(query.sql)) {
          if (this.frame === 'failing') throw new Error('The connection did not respond.');
          this.hasBegun = true;
          return { rows: [] };
        }
        const run = async () => executeQuery(query, ...rest);
        return gate.pass(query.sql, () => this.connection.watched(() => this.noticing(run)));
      },
      async *streamQuery(query: KyselyQuery, ...rest: unknown[]) {
        let end!: () => void;
        const ends = new Promise<void>((resolve) => {
          end = resolve;
        });
        void gate.pass(query.sql, () => ends);
        try {
          yield* streamQuery(query, ...rest);
        } finally {
          end();
        }
      },
    });
  }

  private restoreMethods(): void {
    const { driven } = this.connection;
    for (const name of ['executeQuery', 'streamQuery'] as const) delete (driven as Partial<KyselyDriven>)[name];
    Object.assign(driven, this.methods);
  }

  /** Some SQLite errors roll back; the following statements would then be committed individually. */
  private async noticing<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if (this.parts.dialect === 'sqlite') this.isGone = await this.hasRolledBack();
      throw error;
    }
  }

  private async hasRolledBack(): Promise<boolean> {
    try {
      await this.connection.run('BEGIN');
    } catch (error) {
      return sqlFailure(error) !== 'open-transaction';
    }
    await this.connection.run('ROLLBACK');
    return true;
  }
}

/** How Kysely begins and ends a transaction. */
const ITS_OWN = /^(?:begin|start transaction\b.*|set transaction\b.*|commit|rollback)$/;
