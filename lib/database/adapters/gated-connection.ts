import type { TxGate } from '../transaction/tx-gate.js';

type Method = (...args: unknown[]) => unknown;

/** A driver's connection as a library uses it: statements pass the gate, with callbacks or promises. */
export function gatedConnection<Connection extends object>(connection: Connection, gate: TxGate): Connection {
  return new Proxy(connection, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as Method;
      return name === 'query' || name === 'execute' ? (...args: unknown[]) => passing(gate, method, args) : method;
    },
  });
}

function passing(gate: TxGate, method: Method, args: readonly unknown[]): unknown {
  const sql = textOf(args[0]);
  const callback = args.at(-1);
  if (typeof callback !== 'function') return gate.pass(sql, () => method(...args));
  let returned: unknown;
  const run = () =>
    new Promise<void>((resolve) => {
      const answer = (...result: unknown[]) => {
        resolve();
        (callback as Method)(...result);
      };
      returned = method(...args.slice(0, -1), answer);
    });
  void gate.pass(sql, run);
  return returned;
}

/** A statement: a string, `{ text }` of pg, or `{ sql }` of mysql2 and mariadb. */
function textOf(statement: unknown): string | undefined {
  if (typeof statement === 'string') return statement;
  const { text, sql } = (statement ?? {}) as { text?: unknown; sql?: unknown };
  return typeof text === 'string' ? text : typeof sql === 'string' ? sql : undefined;
}
