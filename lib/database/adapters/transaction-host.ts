import type { SqlDatabase, SqlTransaction } from '../sql-database.js';

/** The members of a TransactionHost's adapter that the module needs. */
interface HostAdapter {
  wrapWithTransaction(options: never, work: () => Promise<unknown>, setTx: (tx: unknown) => void): Promise<unknown>;
}

/** What the module needs of a TransactionHost of @nestjs-cls/transactional. */
export interface TransactionHostLike {
  readonly tx: unknown;
  withTransaction<Result>(propagation: never, work: () => Promise<Result>): Promise<Result>;
}

/**
 * Wraps any adapter of the module for an application with a TransactionHost of @nestjs-cls/transactional: while
 * handlers run, the host uses the outcome's transaction, so that services with the host and methods with
 * `@Transactional()` take part.
 *
 * @param database the adapter for the host's library, on the same pool or DataSource
 * @throws TypeError for a host of an unsupported release.
 */
export function transactionHostDatabase<Tx>(txHost: TransactionHostLike, database: SqlDatabase<Tx>): SqlDatabase<Tx> {
  adapterOf(txHost);
  return {
    dialect: database.dialect,
    execute: (...statement) => database.execute(...statement),
    begin: async (...limits) => new HostedTransaction(await database.begin(...limits), txHost),
  };
}

class HostedTransaction<Tx> implements SqlTransaction<Tx> {
  constructor(
    private readonly transaction: SqlTransaction<Tx>,
    private readonly txHost: TransactionHostLike,
  ) {}

  get tx(): Tx {
    return this.transaction.tx;
  }

  get first(): SqlTransaction['first'] {
    return this.transaction.first;
  }

  async execute(...statement: Parameters<SqlTransaction['execute']>): ReturnType<SqlTransaction['execute']> {
    return this.transaction.execute(...statement);
  }

  /** In a separate CLS context that inherits the caller's; the host begins and ends nothing. */
  async runHandlers<Result>(handlers: () => Promise<Result>): Promise<Result> {
    const { transaction, txHost } = this;
    const wrapWithTransaction: HostAdapter['wrapWithTransaction'] = async (_options, work, setTx) => {
      setTx(transaction.tx);
      return work();
    };
    const host = Object.create(txHost, {
      _options: { value: { ...adapterOf(txHost), wrapWithTransaction } },
    }) as TransactionHostLike;
    const run = async () => (transaction.runHandlers === undefined ? handlers() : transaction.runHandlers(handlers));
    // At the end the host removes the transaction from the outer context. It stays in the inner one, so that un-awaited
    // statements of handlers are refused instead of being committed individually.
    return host.withTransaction('REQUIRES_NEW' as never, () => host.withTransaction('REQUIRED' as never, run));
  }

  async commit(): Promise<void> {
    await this.transaction.commit();
  }

  async rollback(): Promise<void> {
    await this.transaction.rollback();
  }
}

/** Not part of the host's documented API; the adapter's is. */
function adapterOf(txHost: object): HostAdapter {
  const { _options: adapter } = txHost as { _options?: Partial<HostAdapter> };
  if (typeof adapter?.wrapWithTransaction !== 'function') {
    throw new TypeError('transactionHostDatabase() requires a TransactionHost of @nestjs-cls/transactional 3.');
  }
  return adapter as HostAdapter;
}
