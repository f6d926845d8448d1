import { guarded } from './guarded.js';
import type { NamedStatement, NamedStatements } from './named-statements.js';
import { beginWith } from './pg-begin.js';
import type { PgClient, PgResult } from './pg-client.js';
import { numbered } from '../placeholders.js';
import type { SqlResult, SqlStatement, SqlValue } from '../sql-database.js';
import type { SqlLink } from '../transaction/sql-link.js';
import type { TxGate } from '../transaction/tx-gate.js';

/** A checked-out client of pg. */
export class PgLink<Tx> implements SqlLink<Tx> {
  private isBroken = false;

  constructor(
    readonly tx: Tx,
    private readonly client: PgClient,
    private readonly named: NamedStatements,
  ) {
    // Without a listener, a connection that is lost while checked out crashes the process.
    client.on('error', this.onError);
  }

  async execute(
    sql: string,
    params: readonly SqlValue[] = [],
    { isRepeated = false }: { isRepeated?: boolean } = {},
  ): Promise<SqlResult> {
    const query = (statement: NamedStatement | string, values: unknown[]) => this.client.query(statement, values);
    const [text, values] = [numbered(sql), [...params]];
    return pgResultOf(await (isRepeated ? this.named.run(text, values, query) : query(text, values)));
  }

  async begin(statements: readonly string[], first?: SqlStatement): Promise<SqlResult | void> {
    if (first !== undefined) {
      const together = await this.named.run(numbered(first.sql), [...first.params], async (statement, values) =>
        typeof statement === 'string' ? undefined : beginWith(this.client, statements, statement, values),
      );
      if (together !== undefined) return pgResultOf(together);
    }
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
    // From here on the pool has its own listener.
    this.client.release(isBroken);
    this.client.off('error', this.onError);
  }
}

/** The client that handlers get. */
export function guardedPgClient<Client extends PgClient>(client: Client, gate: TxGate): Client {
  return guarded(client, gate, { statements: ['query'], forbidden: ['release', 'end'], isAsync: true });
}

export function pgResultOf({ rows, rowCount }: PgResult): SqlResult {
  return { rows, affected: rowCount ?? 0 };
}
