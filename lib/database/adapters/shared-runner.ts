import { Semaphore } from '../transaction/semaphore.js';

/** What TypeORM's one QueryRunner of an SQLite database has, by which everybody uses its one connection. */
export interface SharedRunner {
  query(...statement: never[]): Promise<unknown>;
  startTransaction(...isolation: never[]): Promise<void>;
  commitTransaction(): Promise<void>;
  rollbackTransaction(): Promise<void>;
  /** How many transactions are open in one another. Not part of its documented interface. */
  readonly transactionDepth?: number;
}

const turns = new WeakMap<object, Semaphore>();
const sharing = new WeakSet<SharedRunner>();

/** Whose turn it is on the one connection of a driver, whichever adapter asks. */
export function turnsOf(driver: object): Semaphore {
  const known = turns.get(driver) ?? new Semaphore(1);
  turns.set(driver, known);
  return known;
}

/**
 * Has what the application runs wait while a transaction of the module is open, and the module for the application's
 * transactions: on one connection it would be part of that transaction, and undone with it.
 *
 * @param acquire waits for a turn, and gives what ends it
 */
export function takeTurns(runner: SharedRunner, acquire: () => Promise<() => void>): void {
  if (sharing.has(runner)) return;
  sharing.add(runner);
  const query = runner.query.bind(runner);
  const startTransaction = runner.startTransaction.bind(runner);
  const commitTransaction = runner.commitTransaction.bind(runner);
  const rollbackTransaction = runner.rollbackTransaction.bind(runner);
  /** Ends the turn that the application's transaction has. */
  let leave: (() => void) | undefined;
  const unlessOpen = async (step: () => Promise<void>) => {
    try {
      await step();
    } finally {
      if (runner.transactionDepth === 0) {
        leave?.();
        leave = undefined;
      }
    }
  };
  const own: SharedRunner = {
    query: async (...statement) => {
      if (leave !== undefined) return query(...statement);
      const end = await acquire();
      try {
        return await query(...statement);
      } finally {
        end();
      }
    },
    startTransaction: async (...isolation) => {
      leave ??= await acquire();
      await unlessOpen(() => startTransaction(...isolation));
    },
    commitTransaction: () => unlessOpen(commitTransaction),
    rollbackTransaction: () => unlessOpen(rollbackTransaction),
  };
  Object.assign(runner, own);
}
