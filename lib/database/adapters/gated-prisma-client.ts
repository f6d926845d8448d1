import type { TxGate } from '../transaction/tx-gate.js';

type Method = (...args: unknown[]) => unknown;

/** Runs when it is awaited. */
interface LazyPromise extends PromiseLike<unknown> {
  catch(onRejected?: (error: unknown) => unknown): Promise<unknown>;
}

/**
 * The Prisma client of an interactive transaction that handlers get: statements of models and raw statements pass the
 * gate. Prisma does not run a statement until its promise is awaited, so an un-awaited one counts as running.
 */
export function gatedPrismaClient<Client extends object>(client: Client, gate: TxGate): Client {
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof name !== 'string') return member;
      if (typeof member === 'function') {
        const method = member.bind(target) as Method;
        if (RAW.test(name)) return (...args: unknown[]) => passing(gate, textOf(args[0]), () => method(...args));
        return name === '$transaction' ? nesting(gate, method) : method;
      }
      return isModel(name, member) ? gatedModel(member, gate) : member;
    },
  });
}

const RAW = /^\$(?:query|execute)Raw/;

/** Names starting with `$` or `_` belong to Prisma. */
function isModel(name: string, member: unknown): member is object {
  return typeof member === 'object' && member !== null && !/^[$_]/.test(name);
}

function gatedModel(model: object, gate: TxGate): object {
  return new Proxy(model, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string' || /^[$_]/.test(name)) return member;
      return (...args: unknown[]) => passing(gate, undefined, () => (member as Method).apply(target, args));
    },
  });
}

/** A nested transaction: a savepoint. */
function nesting(gate: TxGate, transact: Method): Method {
  return (work, ...options) =>
    passing(gate, undefined, () =>
      transact(
        typeof work === 'function' ? (inner: object) => (work as Method)(gatedPrismaClient(inner, gate)) : work,
        ...options,
      ),
    );
}

function passing(gate: TxGate, sql: string | undefined, run: () => unknown): unknown {
  try {
    gate.check(sql);
  } catch (error) {
    return Promise.reject(error);
  }
  const promise = run();
  return isLazyPromise(promise) ? gatedPromise(promise, gate, sql) : promise;
}

function gatedPromise(promise: LazyPromise, gate: TxGate, sql: string | undefined): unknown {
  let end!: () => void;
  void gate.pass(sql, () => new Promise<void>((resolve) => (end = resolve)));
  let settled: Promise<unknown> | undefined;
  const start = (): Promise<unknown> => {
    settled ??= (async () => {
      try {
        gate.check(sql);
        return await promise;
      } finally {
        end();
      }
    })();
    return settled;
  };
  return new Proxy(promise, {
    get(target, name) {
      if (name === 'then' || name === 'catch' || name === 'finally') {
        return (...handlers: never[]) => (start()[name] as Method).apply(start(), handlers);
      }
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string' || name === 'requestTransaction') return member;
      // A relation of the found record; the awaited query is a different one.
      return (...args: unknown[]) => {
        end();
        return passing(gate, sql, () => (member as Method).apply(target, args));
      };
    },
  });
}

function isLazyPromise(value: unknown): value is LazyPromise & object {
  return typeof value === 'object' && typeof (value as LazyPromise | null)?.then === 'function';
}

/** A raw statement: a string, template strings, or Prisma's `Sql`. */
function textOf(statement: unknown): string | undefined {
  if (typeof statement === 'string') return statement;
  const { sql, raw } = (statement ?? {}) as { sql?: unknown; raw?: unknown };
  if (typeof sql === 'string') return sql;
  return Array.isArray(raw) ? raw.join('?') : undefined;
}
