import { notForHandlers, textOf } from './guarded.js';
import type { TxGate } from '../transaction/tx-gate.js';

interface Knex {
  transaction(config: { connection: object }): Promise<KnexTransaction>;
}

/** The members of a Knex transaction that the module needs. Not all are part of Knex's documented API. */
interface KnexTransaction {
  client: { runner(builder: unknown): { run(): Promise<unknown> } };
  context: { transaction(...args: unknown[]): unknown };
  commit(): unknown;
  rollback(): unknown;
}

/** The method with which Knex runs statements on a driver's connection. */
const RUN = new Set<string | symbol>(['query', 'execute', 'exec', 'prepare']);

/**
 * A Knex transaction on a connection whose transaction the module begins and ends; Knex's own begin and end do nothing.
 *
 * @returns `end` informs Knex, and code that awaits the transaction's `executionPromise`, of its end
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

/** Statements reach the connection some time after they are started; the gate counts them from then on. */
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

/** The results of no-op statements for pg or mysql2, and for better-sqlite3. */
const NOTHING: Readonly<Record<string | symbol, unknown>> = {
  query: (...args: unknown[]) => (args.at(-1) as (error: null) => void)(null),
  prepare: () => ({ reader: false, run: () => ({}) }),
};
