import type { SqlDatabase, SqlTransaction } from '../sql-database.js';

/** What the module needs of the adapter that a TransactionHost has been registered with. */
interface HostAdapter {
  wrapWithTransaction(options: never, work: () => Promise<unknown>, setTx: (tx: unknown) => void): Promise<unknown>;
}

/** What the module needs of a TransactionHost of @nestjs-cls/transactional. */
export interface TransactionHostLike {
  readonly tx: unknown;
  withTransaction<Result>(propagation: never, work: () => Promise<Result>): Promise<Result>;
}

/**
 * Any adapter of the module, in an application with a TransactionHost of @nestjs-cls/transactional: while handlers run, the
 * outcome's transaction is the host's, so that services that inject the host, and methods with `@Transactional()`, take part.
 *
 * @param database the adapter for the library that the host was registered with, on the same pool or DataSource
 * @throws TypeError for a host of a release that the module does not know.
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

  /** In a CLS context of their own, which inherits the caller's; the host begins and ends nothing. */
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
    // The host takes the transaction out of the outer context at the end. In the inner one it stays, so that what handlers have
    // not awaited is refused, rather than run and committed by itself.
    return host.withTransaction('REQUIRES_NEW' as never, () => host.withTransaction('REQUIRED' as never, run));
  }

  async commit(): Promise<void> {
    await this.transaction.commit();
  }

  async rollback(): Promise<void> {
    await this.transaction.rollback();
  }
}

/** Not part of the host's documented interface; the adapter's own is. */
function adapterOf(txHost: object): HostAdapter {
  const { _options: adapter } = txHost as { _options?: Partial<HostAdapter> };
  if (typeof adapter?.wrapWithTransaction !== 'function') {
    throw new TypeError('transactionHostDatabase takes a TransactionHost of @nestjs-cls/transactional 3.');
  }
  return adapter as HostAdapter;
}
