import { acquire } from './acquire.js';
import { guarded } from './guarded.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import { NamedStatements, type NamedStatement } from './named-statements.js';
import { numbered } from '../placeholders.js';
import type { SqlDatabase, SqlResult, SqlValue } from '../sql-database.js';
import type { SqlLink } from '../transaction/sql-link.js';
import { TxGate } from '../transaction/tx-gate.js';

/** What the module needs of a client of pg. */
export interface PgClient {
  query(sql: string | NamedStatement, params?: unknown[]): Promise<PgResult>;
  release(isBroken?: boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

interface PgResult {
  rows: Record<string, unknown>[];
  rowCount: number | null;
}

/** What the module needs of a pool of pg. */
export interface PgPool<Client extends PgClient = PgClient> {
  connect(): Promise<Client>;
  query(sql: string, params?: unknown[]): Promise<PgResult>;
  listenerCount(event: 'error'): number;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** PostgreSQL, by a `Pool` of pg; handlers get its `PoolClient`. */
export function pgDatabase<Client extends PgClient>(pool: PgPool<Client>): SqlDatabase<Client> {
  // Without a listener, an idle connection that breaks, as when the server restarts, ends the process.
  if (pool.listenerCount('error') === 0) pool.on('error', () => {});
  const named = new NamedStatements();
  return {
    dialect: 'postgres',
    execute: async (sql, params = []) => resultOf(await pool.query(numbered(sql), [...params])),
    begin: async (limits) => {
      const client = await acquire(pool.connect(), limits.connectionTimeoutMs, (late) => late.release());
      const gate = new TxGate('postgres');
      return LinkedTransaction.begin(new PgLink(client, gate, named), gate, 'postgres', limits);
    },
  };
}

class PgLink<Client extends PgClient> implements SqlLink<Client> {
  readonly tx: Client;
  private isBroken = false;

  constructor(
    private readonly client: Client,
    gate: TxGate,
    private readonly named: NamedStatements,
  ) {
    // Without a listener, a connection that breaks while it is out of the pool ends the process.
    client.on('error', this.onError);
    this.tx = guarded(client, gate, { statements: ['query'], forbidden: ['release', 'end'], isAsync: true });
  }

  async execute(
    sql: string,
    params: readonly SqlValue[] = [],
    { isRepeated = false }: { isRepeated?: boolean } = {},
  ): Promise<SqlResult> {
    const query = (statement: NamedStatement | string, values?: unknown[]) => this.client.query(statement, values);
    const [text, values] = [numbered(sql), [...params]];
    return resultOf(await (isRepeated ? this.named.run(text, values, query) : query(text, values)));
  }

  async begin(statements: readonly string[]): Promise<void> {
    await this.client.query(statements.join('; '));
  }

  async commit(statements: readonly string[]): Promise<void> {
    await this.client.query(statements.join('; '));
  }

  async rollback(statements: readonly string[]): Promise<void> {
    await this.client.query(statements.join('; '));
  }

  isAlive(): boolean {
    return !this.isBroken;
  }

  release(): void {
    this.leave(false);
  }

  destroy(): void {
    this.leave(true);
  }

  private readonly onError = (): void => {
    this.isBroken = true;
  };

  private leave(isBroken: boolean): void {
    // From here on the pool listens itself.
    this.client.release(isBroken);
    this.client.off('error', this.onError);
  }
}

function resultOf({ rows, rowCount }: PgResult): SqlResult {
  return { rows, affected: rowCount ?? 0 };
}
