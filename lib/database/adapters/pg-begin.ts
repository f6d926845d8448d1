import type { NamedStatement } from './named-statements.js';
import type { PgClient, PgResult } from './pg-client.js';

/** A pg connection, which writes the messages of PostgreSQL's extended protocol. */
interface PgConnection {
  readonly stream: { cork?(): void; uncork?(): void };
  /** The prepared statements, by name. */
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  parse(statement: { name: string; text: string }): void;
  bind(portal: object): void;
  execute(portal: object): void;
}

/** pg's own query. */
interface PgQuery {
  submit(connection: PgConnection): Error | null;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: PgConnection): void;
  handleReadyForQuery(connection: PgConnection): void;
  handleError(error: Error, connection: PgConnection): void;
}

type PgQueryClass = new (statement: NamedStatement, values: unknown[], callback: Callback) => PgQuery;

type Callback = (error: Error | null, result?: PgResult) => void;

/**
 * Begins a transaction and runs a prepared statement in one round trip. All statements precede the same Sync, so
 * PostgreSQL skips the rest if one fails.
 *
 * @returns undefined, and nothing was run, if the statement is not prepared yet, or if the client is not pg's own.
 * @throws what pg throws.
 */
export function beginWith(
  client: PgClient,
  beginning: readonly string[],
  statement: NamedStatement,
  values: unknown[],
): Promise<PgResult> | undefined {
  const { connection, pipeline } = client as { connection?: Partial<PgConnection>; pipeline?: boolean };
  const { Query } = client.constructor as { Query?: PgQueryClass };
  // In pipeline mode, pg accepts only its own query objects.
  if (Query === undefined || pipeline === true) return undefined;
  if (connection?.parsedStatements?.[statement.name] !== statement.text) return undefined;
  return new Promise((resolve, reject) => {
    const settle: Callback = (error, result) => (error ? reject(error) : resolve(result!));
    const query: unknown = new BeginningQuery(beginning, settle, (callback) => new Query(statement, values, callback));
    void client.query(query as NamedStatement);
  });
}

/**
 * A query object for pg, like a cursor. It has no `text` or `name`, because instrumentation would otherwise report only
 * its last statement.
 */
class BeginningQuery {
  readonly #query: PgQuery;
  #ahead: number;

  constructor(
    private readonly beginning: readonly string[],
    /** Public, because instrumentation replaces it. */
    public callback: Callback,
    make: (callback: Callback) => PgQuery,
  ) {
    this.#ahead = beginning.length;
    this.#query = make((error, result) => this.callback(error, result));
  }

  submit(connection: PgConnection): Error | null {
    connection.stream.cork?.();
    try {
      for (const text of this.beginning) {
        connection.parse({ name: '', text });
        connection.bind({});
        connection.execute({});
      }
      return this.#query.submit(connection);
    } finally {
      connection.stream.uncork?.();
    }
  }

  handleRowDescription(message: unknown): void {
    this.#query.handleRowDescription(message);
  }

  handleDataRow(message: unknown): void {
    this.#query.handleDataRow(message);
  }

  handleCommandComplete(message: unknown, connection: PgConnection): void {
    if (this.#ahead > 0) this.#ahead--;
    else this.#query.handleCommandComplete(message, connection);
  }

  handleReadyForQuery(connection: PgConnection): void {
    this.#query.handleReadyForQuery(connection);
  }

  handleError(error: Error, connection: PgConnection): void {
    this.#query.handleError(error, connection);
  }
}
