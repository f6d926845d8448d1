import Libsql from 'libsql';
import { NoConnectionError } from '../../../lib/database/sql-errors.js';
import type { SqlDatabase, SqlResult, SqlValue } from '../../../lib/database/sql-database.js';
import { LinkedTransaction } from '../../../lib/database/transaction/linked-transaction.js';
import type { SqlLink } from '../../../lib/database/transaction/sql-link.js';
import { TxGate } from '../../../lib/database/transaction/tx-gate.js';

/** How long a single statement waits for the lock, in ms. */
const STATEMENT_WAIT_MS = 5_000;

/** What the database is asked to do; the wire to it may do other things with that than to carry it out. */
interface DatabaseRequest {
  what: 'execute' | 'begin' | 'statement' | 'commit' | 'rollback';
  sql: string;
}

/** Carries a request of one process to the database. */
export type DatabaseWire = <Result>(request: DatabaseRequest, perform: () => Result) => Promise<Result>;

/** What handlers get. */
export interface ModelTx {
  run(sql: string): Promise<SqlResult>;
}

/**
 * A database in memory: SQLite's rows, commits and rollbacks, and one lock for all of it, so that transactions come one after the
 * other. Processes have connections of their own, which may break.
 */
export class DatabaseModel {
  private readonly connection = new Libsql(':memory:');
  private readonly statements = new Map<string, { isQuery: boolean; statement: Libsql.Statement }>();
  private holder: Session | undefined;
  private waiting: { session: Session; begin: () => void }[] = [];

  constructor(
    /** In ms since 1970. */
    private readonly now: () => number = Date.now,
    /** Is told of each commit, once it is there. */
    private readonly committed: (owner: object, sql: string) => void = () => {},
    /** Is told of each wait for the lock that came to nothing. */
    private readonly waitedInVain: (owner: object) => void = () => {},
  ) {}

  /** As a process uses it. */
  connect(owner: object, wire: DatabaseWire): SqlDatabase<ModelTx> {
    return {
      dialect: 'sqlite',
      execute: async (sql, params = []) => {
        const session = new Session(owner);
        await this.take(session, STATEMENT_WAIT_MS);
        try {
          return await wire({ what: 'execute', sql }, () => {
            const result = this.within(session, () => this.run(sql, params));
            this.committed(owner, sql);
            return result;
          });
        } finally {
          this.leave(session);
        }
      },
      begin: async (limits) => {
        const session = new Session(owner);
        await this.take(session, limits.connectionTimeoutMs);
        const gate = new TxGate('sqlite', () => session.isOpen);
        const tx = { run: (sql: string) => gate.pass(sql, () => link.execute(sql)) };
        const link: SqlLink<ModelTx> = {
          tx,
          execute: (sql, params = []) =>
            wire({ what: 'statement', sql }, () => this.within(session, () => this.run(sql, params))),
          begin: async (statements) => {
            await wire({ what: 'begin', sql: statements.join('; ') }, () => {
              this.within(session, () => this.runAll(statements));
              session.isOpen = true;
            });
          },
          commit: (statements) =>
            wire({ what: 'commit', sql: statements.join('; ') }, () => {
              this.within(session, () => this.runAll(statements));
              session.isOpen = false;
              this.committed(owner, 'COMMIT');
            }),
          rollback: (statements) =>
            wire({ what: 'rollback', sql: statements.join('; ') }, () => {
              if (session.isOpen) this.runAll(statements);
              session.isOpen = false;
            }),
          isAlive: () => true,
          release: () => this.leave(session),
          destroy: () => this.leave(session),
        };
        return LinkedTransaction.begin(link, gate, 'sqlite', limits);
      },
    };
  }

  /** The connections of a process are gone: what it has not committed is undone. */
  disconnect(owner: object): void {
    this.waiting = this.waiting.filter(({ session }) => session.owner !== owner);
    if (this.holder?.owner === owner) this.leave(this.holder);
  }

  /** Reads and writes past all connections. */
  run(sql: string, params: readonly SqlValue[] = []): SqlResult {
    // The database's clock is not this machine's.
    const isTimed = sql.includes("julianday('now')");
    const text = isTimed ? sql.replace("julianday('now')", '(? / 86400000.0 + 2440587.5)') : sql;
    const { isQuery, statement } = this.prepared(text);
    const given = isTimed ? [this.now(), ...params] : params;
    if (!isQuery) return { rows: [], affected: statement.run(...given).changes };
    const rows = statement.all(...given) as SqlResult['rows'];
    return { rows, affected: rows.length };
  }

  /** Ends all connections. */
  reset(): void {
    this.waiting = [];
    if (this.holder !== undefined) this.leave(this.holder);
  }

  close(): void {
    this.connection.close();
  }

  private within<Result>(session: Session, run: () => Result): Result {
    if (this.holder !== session) throw new Error('The connection is closed');
    return run();
  }

  private runAll(statements: readonly string[]): void {
    for (const sql of statements) this.connection.exec(sql);
  }

  private prepared(sql: string): { isQuery: boolean; statement: Libsql.Statement } {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const isQuery = /^\s*(?:select|with|pragma)\b|\breturning\b/i.test(sql);
    const made = { isQuery, statement: this.connection.prepare(sql) };
    this.statements.set(sql, made);
    return made;
  }

  /** Waits for the one lock. */
  private async take(session: Session, waitMs: number): Promise<void> {
    if (this.holder === undefined) {
      this.holder = session;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        this.holder = session;
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((each) => each.begin !== begin);
        this.waitedInVain(session.owner);
        reject(new NoConnectionError(waitMs));
      }, waitMs);
      this.waiting.push({ session, begin });
    });
  }

  /** Ends a session, however it stands. */
  private leave(session: Session): void {
    if (this.holder !== session) return;
    if (session.isOpen) this.connection.exec('ROLLBACK');
    session.isOpen = false;
    this.holder = undefined;
    this.waiting.shift()?.begin();
  }
}

class Session {
  /** Whether its transaction is open. */
  isOpen = false;

  constructor(readonly owner: object) {}
}
