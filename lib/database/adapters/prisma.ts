import { acquire } from './acquire.js';
import { CompoundStatements } from './compound-statements.js';
import { gatedPrismaClient } from './gated-prisma-client.js';
import { HeldCallback } from './held-callback.js';
import { numbered } from '../placeholders.js';
import type { SqlDatabase, SqlDialect, SqlResult, SqlValue } from '../sql-database.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import type { SqlLink } from '../transaction/sql-link.js';
import { TxGate } from '../transaction/tx-gate.js';

/** What the module needs of a client of Prisma, with or without a transaction. */
interface PrismaExecutor {
  $queryRawUnsafe(sql: string, ...params: unknown[]): PromiseLike<unknown>;
  $executeRawUnsafe(sql: string, ...params: unknown[]): PromiseLike<number>;
}

/** What the module needs of a client of Prisma 7. */
export interface PrismaLike<Tx = unknown> extends PrismaExecutor {
  $transaction(work: (tx: Tx) => Promise<void>, options?: { maxWait?: number; timeout?: number }): Promise<unknown>;
}

const DIALECTS: Readonly<Record<string, SqlDialect>> = { postgresql: 'postgres', mysql: 'mysql' };

/** The module ends each transaction itself; this is the maximum of a timer, in ms. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * A Prisma 7 client with its driver adapter for pg or mariadb; handlers get a `Prisma.TransactionClient`.
 *
 * @throws TypeError for an unsupported provider.
 */
export function prismaDatabase<Tx extends object>(prisma: PrismaLike<Tx>): SqlDatabase<Tx> {
  const dialect = dialectOf(prisma);
  const compound = new CompoundStatements();
  return {
    dialect,
    execute: async (sql, params) => run(prisma, dialect, sql, params),
    begin: async (limits) => {
      const options = { maxWait: limits.connectionTimeoutMs, timeout: NEVER_MS };
      const opening = HeldCallback.open<Tx>((work) => prisma.$transaction(work, options));
      const held = await acquire(opening, limits.connectionTimeoutMs, (late) => late.abandon());
      const gate = new TxGate(dialect);
      return LinkedTransaction.begin(new PrismaLink(held, gate, { dialect, compound }), gate, dialect, limits);
    },
  };
}

/** Not part of Prisma's documented API. */
function dialectOf(prisma: object): SqlDialect {
  const { _activeProvider: provider } = prisma as { _activeProvider?: string };
  const dialect = DIALECTS[String(provider)];
  if (dialect === undefined) {
    const known = Object.keys(DIALECTS).join(', ');
    throw new TypeError(`The provider of Prisma is ${String(provider)}; the module supports ${known}.`);
  }
  return dialect;
}

class PrismaLink<Tx extends object> implements SqlLink<Tx> {
  readonly tx: Tx;

  constructor(
    private readonly held: HeldCallback<Tx>,
    gate: TxGate,
    private readonly parts: { dialect: SqlDialect; compound: CompoundStatements },
  ) {
    this.tx = gatedPrismaClient(held.tx, gate);
  }

  async execute(sql: string, params?: readonly SqlValue[]): Promise<SqlResult> {
    return run(this.held.tx as unknown as PrismaExecutor, this.parts.dialect, sql, params);
  }

  /**
   * Prisma's own transaction only holds the connection and ends immediately; it does not support timeouts and
   * savepoints.
   */
  async begin(statements: readonly string[]): Promise<void> {
    await this.send(['ROLLBACK', ...statements]);
  }

  async commit(statements: readonly string[]): Promise<void> {
    await this.send(statements);
  }

  async rollback(statements: readonly string[]): Promise<void> {
    await this.send(statements);
  }

  isAlive(): boolean {
    return true;
  }

  /** Prisma then rolls back the already ended transaction and releases the connection. */
  release(): void {
    void this.held.abandon();
  }

  /** Prisma cannot close a connection; it releases it once the database has responded. */
  destroy(): void {
    void this.held.abandon();
  }

  private async send(statements: readonly string[]): Promise<void> {
    const tx = this.held.tx as unknown as PrismaExecutor;
    if (this.parts.dialect === 'postgres') await tx.$executeRawUnsafe(statements.join('; '));
    else await this.parts.compound.run(statements, async (sql) => tx.$executeRawUnsafe(sql));
  }
}

/**
 * Prisma treats the results of a compound statement as rows without columns. With this error code, the module avoids
 * such statements, as on MySQL.
 */
class NoRowsOfCompound extends Error {
  override readonly name = 'NoRowsOfCompound';
  readonly code = 'ER_UNSUPPORTED_PS';

  constructor() {
    super('Prisma does not return the rows of compound statements.');
  }
}

async function run(
  prisma: PrismaExecutor,
  dialect: SqlDialect,
  sql: string,
  params: readonly SqlValue[] = [],
): Promise<SqlResult> {
  const text = dialect === 'postgres' ? numbered(sql) : sql;
  if (IS_COMPOUND.test(sql)) throw new NoRowsOfCompound();
  if (!GIVES_ROWS.test(sql)) return { rows: [], affected: await prisma.$executeRawUnsafe(text, ...params) };
  const rows = (await prisma.$queryRawUnsafe(text, ...params)) as Record<string, unknown>[];
  return { rows: rows.map(withoutBigInts), affected: rows.length };
}

const IS_COMPOUND = /^\s*begin\s+not\s+atomic\b/i;
const GIVES_ROWS = /^\s*(?:select|with|show)\b|\breturning\b/i;

/** As a string, as the drivers return a BIGINT. */
function withoutBigInts(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  );
}
