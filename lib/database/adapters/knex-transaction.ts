import { notForHandlers, textOf } from './guarded.js';
import type { TxGate } from '../transaction/tx-gate.js';

interface Knex {
  transaction(config: { connection: object }): Promise<KnexTransaction>;
}

/** What the module needs of a transaction of Knex. Not all of it is part of Knex's documented interface. */
interface KnexTransaction {
  client: { runner(builder: unknown): { run(): Promise<unknown> } };
  context: { transaction(...args: unknown[]): unknown };
  commit(): unknown;
  rollback(): unknown;
}

/** What Knex runs statements by on the connection of a driver. */
const RUN = new Set<string | symbol>(['query', 'execute', 'exec', 'prepare']);

/**
 * Knex's own transaction on a connection whose transaction the module begins and ends: what Knex begins and ends does nothing.
 *
 * @returns `end` tells Knex, and who waits for the transaction's `executionPromise`, that it has ended
 */
export async function transactionOn(
  knex: object,
  connection: object,
  gate: TxGate,
): Promise<{ trx: object; end: () => void }> {
  let isOpen = false;
  const own = new Proxy(connection, {
    get: (target, name) => {
      if (!isOpen && name in NOTHING) return NOTHING[name];
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      if (!RUN.has(name)) return method;
      return (...args: unknown[]) => {
        gate.check(textOf(args[0]));
        return method(...args);
      };
    },
  });
  const trx = await (knex as Knex).transaction({ connection: own });
  isOpen = true;
  const end = trx.rollback.bind(trx);
  counted(trx, gate);
  for (const name of ['commit', 'rollback'] as const) {
    trx[name] = () => {
      throw notForHandlers(name);
    };
  }
  return {
    trx,
    end: () => {
      isOpen = false;
      end();
    },
  };
}

/** Statements reach the connection some time after they are run: the gate counts them from then on. */
function counted(trx: KnexTransaction, gate: TxGate): void {
  const { client, context } = trx;
  const runner = client.runner.bind(client);
  client.runner = (builder) => {
    const made = runner(builder);
    const run = made.run.bind(made);
    made.run = async () => gate.pass(undefined, run);
    return made;
  };
  const transaction = context.transaction.bind(context);
  context.transaction = (...args) => gate.pass(undefined, () => transaction(...args));
}

/** What a connection of pg or mysql2, and one of better-sqlite3, does with a statement that is to do nothing. */
const NOTHING: Readonly<Record<string | symbol, unknown>> = {
  query: (...args: unknown[]) => (args.at(-1) as (error: null) => void)(null),
  prepare: () => ({ reader: false, run: () => ({}) }),
};
