import { setImmediate } from 'node:timers/promises';
import { notForHandlers } from './guarded.js';
import { knexDatabaseWith, type KnexInstance } from './knex-pool.js';
import type { SqlDatabase } from '../sql-database.js';

/** What the module needs of an EntityManager of MikroORM 6 for an SQL database. */
export interface MikroOrmEntityManager {
  fork(options?: never): object;
  transactional(work: () => Promise<void>): Promise<void>;
  getKnex(): unknown;
}

/** What the module needs of MikroORM 6. */
export interface MikroOrmLike<Manager extends MikroOrmEntityManager = MikroOrmEntityManager> {
  readonly em: Manager;
}

interface Fork extends MikroOrmEntityManager {
  fork(options?: { clear: boolean }): Fork;
  setTransactionContext(trx: object): void;
  getConnection(): object;
  flush(): Promise<void>;
}

/**
 * MikroORM 6 on PostgreSQL, MariaDB or MySQL; handlers get a fork of its EntityManager, which is flushed after they
 * return. Injected EntityManagers and repositories of services take part too.
 *
 * @throws TypeError for an unsupported database.
 */
export function mikroOrmDatabase<Manager extends MikroOrmEntityManager>(
  orm: MikroOrmLike<Manager>,
): SqlDatabase<Manager> {
  const em = orm.em as unknown as Fork;
  if (typeof em.getKnex !== 'function')
    throw new TypeError('mikroOrmDatabase() requires MikroORM 6 for an SQL database.');
  return knexDatabaseWith(em.getKnex() as KnexInstance, (trx) => {
    const tx = forkOn(em, trx);
    return {
      tx: tx as unknown as Manager,
      runHandlers: (handlers) => transactionally(em, { tx, trx }, handlers),
      // MikroORM runs its own steps before a statement.
      settle: async () => {
        await setImmediate();
      },
    };
  });
}

/** A fork in a transaction that the module ends. */
function forkOn(em: Fork, trx: object): Fork {
  const tx = em.fork({ clear: true });
  tx.setTransactionContext(trx);
  const refuse = (name: string) => async () => {
    throw notForHandlers(name);
  };
  return Object.assign(tx, { begin: refuse('begin'), commit: refuse('commit'), rollback: refuse('rollback') });
}

/**
 * Runs handlers like MikroORM's `transactional`, in its async context and with a flush at the end, in the existing
 * transaction.
 */
async function transactionally<Result>(
  em: Fork,
  { tx, trx }: { tx: Fork; trx: object },
  handlers: () => Promise<Result>,
): Promise<Result> {
  const parent = em.fork({ clear: true });
  parent.fork = () => tx;
  tx.getConnection = () => {
    Reflect.deleteProperty(tx, 'getConnection');
    return { transactional: (work: (trx: object) => Promise<void>) => work(trx) };
  };
  let result!: Result;
  await parent.transactional(async () => {
    result = await handlers();
  });
  await tx.flush();
  return result;
}
