import { BrokenTransactionError } from '../sql-errors.js';
import type { TxGate } from '../transaction/tx-gate.js';

/** What handlers may call of a connection. All that is not named stays as it was. */
export interface GuardedMethods {
  /** Run the statement that is their first argument. */
  statements: readonly string[];
  /** Make a statement of their first argument, which these methods of it run. */
  preparing?: Readonly<Record<string, readonly string[]>>;
  /** End the transaction or give the connection away. */
  forbidden: readonly string[];
  /** Whether a statement that is refused rejects, rather than throws. */
  isAsync?: boolean;
  /** How the library is called to run a statement; just so where left out. */
  call?: (run: () => unknown) => unknown;
}

/** The library's own connection as handlers get it: statements pass the gate. `instanceof` holds. */
export function guarded<Connection extends object>(
  connection: Connection,
  gate: TxGate,
  { statements, preparing = {}, forbidden, isAsync = false, call = (run) => run() }: GuardedMethods,
): Connection {
  return new Proxy(connection, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      // Bound to the object itself, whose private members a proxy does not have.
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
      // `raw`, `pluck` and the like of better-sqlite3 give the statement itself.
      return (...args: unknown[]) => {
        const result = method(...args);
        return result === target ? proxy : result;
      };
    },
  });
  return proxy;
}

/** A statement, as text or as in `{ text }` of pg and `{ sql }` of mysql2. */
export function textOf(statement: unknown): string | undefined {
  if (typeof statement === 'string') return statement;
  const { text, sql } = (statement ?? {}) as { text?: unknown; sql?: unknown };
  return typeof text === 'string' ? text : typeof sql === 'string' ? sql : undefined;
}

/** The error of a method that ends the transaction, or gives its connection away. */
export function notForHandlers(method: string): BrokenTransactionError {
  return new BrokenTransactionError(
    `tx.${method}() is not for handlers: the module ends the transaction of an outcome.`,
  );
}
