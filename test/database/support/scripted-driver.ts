import { EventEmitter } from 'node:events';

/** The statements that a driver gets, what becomes of its connection, and what the driver answers. */
export class Script {
  readonly steps: string[] = [];
  private readonly answers: [RegExp, unknown][] = [];

  /** @param answer the driver's result, its error, or a promise that never ends for no answer */
  when(statement: RegExp, answer: unknown): void {
    this.answers.unshift([statement, answer]);
  }

  async run(sql: string, params: readonly unknown[] = []): Promise<unknown> {
    this.steps.push(params.length === 0 ? sql : `${sql} ${JSON.stringify(params)}`);
    const answer: unknown = await this.answers.find(([statement]) => statement.test(sql))?.[1];
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

type Callback = (error: unknown, ...results: unknown[]) => void;
type Statement = string | { text: string; values?: unknown[] } | { sql: string };

/** A driver's connection, whose statements take a callback, or return a promise without one. */
class ScriptedConnection extends EventEmitter {
  constructor(readonly script: Script) {
    super();
  }

  /** @param toResults the arguments of a callback */
  protected send(
    [statement, ...rest]: [Statement, ...unknown[]],
    toResults: (answer: unknown) => unknown[],
    none: unknown,
  ): unknown {
    const { text, values } =
      typeof statement === 'object' && 'text' in statement
        ? statement
        : { text: typeof statement === 'string' ? statement : statement.sql, values: undefined };
    const params = values ?? rest.find((each): each is unknown[] => Array.isArray(each));
    const run = async () => (await this.script.run(text, params)) ?? none;
    const callback = rest.at(-1);
    if (typeof callback !== 'function') return run();
    const answer = callback as Callback;
    void run().then((result) => answer(null, ...toResults(result)), answer);
    return this;
  }
}

/** A checked-out client of pg. */
export class ScriptedPgClient extends ScriptedConnection {
  query(...statement: [Statement, ...unknown[]]): Promise<never> {
    return this.send(statement, (result) => [result], { rows: [], rowCount: null }) as Promise<never>;
  }

  release(isBroken?: boolean | Error): void {
    this.script.steps.push(isBroken === undefined || isBroken === false ? 'release' : 'close');
  }

  async end(): Promise<void> {
    this.script.steps.push('end');
  }
}

/** A checked-out connection of mysql2, with callbacks or promises. */
export class ScriptedMysqlConnection extends ScriptedConnection {
  promise(): this {
    return this;
  }

  query(...statement: [Statement, ...unknown[]]): Promise<unknown> {
    return this.send(statement, (result) => result as unknown[], [{ affectedRows: 0 }]) as Promise<unknown>;
  }

  execute(...statement: [Statement, ...unknown[]]): Promise<unknown> {
    return this.query(...statement);
  }

  release(): void {
    this.script.steps.push('release');
  }

  destroy(): void {
    this.script.steps.push('destroy');
  }
}

/** What MySQL answers to a compound statement of MariaDB. */
export function syntaxError(): Error {
  return Object.assign(new Error('You have an error in your SQL syntax'), { code: 'ER_PARSE_ERROR' });
}

/** The error of work that must fail. */
export async function errorOf(work: unknown): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  return 'it succeeded';
}
