import { Semaphore } from '../transaction/semaphore.js';

/** TypeORM's only QueryRunner of an SQLite database, which shares its only connection. */
export interface SharedRunner {
  query(...statement: never[]): Promise<unknown>;
  startTransaction(...isolation: never[]): Promise<void>;
  commitTransaction(): Promise<void>;
  rollbackTransaction(): Promise<void>;
  /** Nesting depth of transactions. Not part of its documented API. */
  readonly transactionDepth?: number;
}

const turns = new WeakMap<object, Semaphore>();
const sharing = new WeakSet<SharedRunner>();

/** Turns on a driver's only connection, shared by all adapters. */
export function turnsOf(driver: object): Semaphore {
  const known = turns.get(driver) ?? new Semaphore(1);
  turns.set(driver, known);
  return known;
}

/**
 * Makes the application's statements wait while a transaction of the module is open, and the module wait for the
 * application's transactions. On one connection they would otherwise be part of the same transaction.
 *
 * @param acquire waits for a turn and returns a function that ends it
 */
export function takeTurns(runner: SharedRunner, acquire: () => Promise<() => void>): void {
  if (sharing.has(runner)) return;
  sharing.add(runner);
  const query = runner.query.bind(runner);
  const startTransaction = runner.startTransaction.bind(runner);
  const commitTransaction = runner.commitTransaction.bind(runner);
  const rollbackTransaction = runner.rollbackTransaction.bind(runner);
  /** Ends the turn of the application's transaction. */
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
