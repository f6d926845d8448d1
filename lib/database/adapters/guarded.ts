import { BrokenTransactionError } from '../sql-errors.js';
import type { TxGate } from '../transaction/tx-gate.js';

/** What handlers may call on a connection. Members that are not listed are unchanged. */
export interface GuardedMethods {
  /** Methods that run the statement in their first argument. */
  statements: readonly string[];
  /** Methods that prepare the statement in their first argument; the listed methods of the result run it. */
  preparing?: Readonly<Record<string, readonly string[]>>;
  /** Methods that end the transaction or release the connection. */
  forbidden: readonly string[];
  /** Whether a refused statement rejects instead of throwing. */
  isAsync?: boolean;
  /** How to call the library to run a statement; by default directly. */
  call?: (run: () => unknown) => unknown;
}

/** The library's connection for handlers: statements pass the gate. `instanceof` still works. */
export function guarded<Connection extends object>(
  connection: Connection,
  gate: TxGate,
  { statements, preparing = {}, forbidden, isAsync = false, call = (run) => run() }: GuardedMethods,
): Connection {
  return new Proxy(connection, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      // Bound to the object itself, because a proxy lacks its private members.
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      if (typeof name !== 'string') return method;
      if (statements.includes(name)) {
        return (...args: unknown[]) => {
          try {
            return call(() => gate.pass(textOf(args[0]), () => method(...args)));
          } catch (error) {
            if (isAsync) return Promise.reject(error);
            throw error;
          }
        };
      }
      const runs = preparing[name];
      if (runs !== undefined) {
        return (sql: string) => {
          gate.check(sql);
          return guardedStatement(method(sql) as object, sql, gate, runs);
        };
      }
      if (!forbidden.includes(name)) return method;
      return () => {
        throw notForHandlers(name);
      };
    },
  });
}

function guardedStatement(statement: object, sql: string, gate: TxGate, runs: readonly string[]): object {
  const proxy: object = new Proxy(statement, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      if (typeof name === 'string' && runs.includes(name)) {
        return (...args: unknown[]) => gate.pass(sql, () => method(...args));
      }
      // `raw`, `pluck` and similar methods of better-sqlite3 return the statement itself.
      return (...args: unknown[]) => {
        const result = method(...args);
        return result === target ? proxy : result;
      };
    },
  });
  return proxy;
}

/** A statement: a string, `{ text }` of pg, or `{ sql }` of mysql2. */
export function textOf(statement: unknown): string | undefined {
  if (typeof statement === 'string') return statement;
  const { text, sql } = (statement ?? {}) as { text?: unknown; sql?: unknown };
  return typeof text === 'string' ? text : typeof sql === 'string' ? sql : undefined;
}

/** The error of a method that ends the transaction or releases its connection. */
export function notForHandlers(method: string): BrokenTransactionError {
  return new BrokenTransactionError(
    `tx.${method}() must not be called by handlers: the module ends the transaction of an outcome.`,
  );
}
