import { beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { beginWith } from '../../../lib/database/adapters/pg-begin.js';
import type { PgClient } from '../../../lib/database/adapters/pg-client.js';
import { errorOf } from '../support/scripted-driver.js';

const STATEMENT = { name: 'pass2pay_1', text: 'SELECT $1' };

interface Submittable {
  callback: (error: Error | null, result?: unknown) => void;
  submit(connection: object): Error | null;
  handleRowDescription(message: object): void;
  handleDataRow(message: object): void;
  handleCommandComplete(message: object, connection: object): void;
  handleReadyForQuery(connection: object): void;
  handleError(error: Error, connection: object): void;
}

let sent: unknown[];
beforeEach(() => {
  sent = [];
});

/** A connection of pg that records the messages it is to write. */
class Connection {
  readonly parsedStatements: Record<string, string> = { [STATEMENT.name]: STATEMENT.text };
  stream: { cork?(): void; uncork?(): void } = {
    cork: () => void sent.push('cork'),
    uncork: () => void sent.push('uncork'),
  };
  parse({ name, text }: { name: string; text: string }) {
    sent.push(`parse ${name}: ${text}`);
  }
  bind({ statement = '', values = [] }: { statement?: string; values?: unknown[] }) {
    sent.push(`bind ${statement}: ${JSON.stringify(values)}`);
  }
  describe() {
    sent.push('describe');
  }
  execute() {
    sent.push('execute');
  }
  sync() {
    sent.push('sync');
  }
}

/** A client with pg's own queries, which submits them when told. */
class Client {
  static Query: unknown = pg.Query;
  connection: Connection | undefined = new Connection();
  pipeline: boolean | undefined;
  queries: Submittable[] = [];

  query(query: Submittable) {
    this.queries.push(query);
  }
}

let client: Client;
beforeEach(() => {
  client = new Client();
});

const begin = (values: unknown[] = ['a'], statement = STATEMENT) =>
  beginWith(client as unknown as PgClient, ['BEGIN', 'SAVEPOINT a'], statement, values);

/** A query that has begun, and what it will return. */
function begun(values?: unknown[]) {
  const result = begin(values)!;
  const [query] = client.queries;
  return { result, query: query!, connection: client.connection! };
}

describe('a statement that begins its transaction', () => {
  it('follows its begin in the same round trip', () => {
    const { query, connection } = begun();
    expect(query.submit(connection)).toBeNull();
    expect(sent).toStrictEqual([
      'cork',
      'parse : BEGIN',
      'bind : []',
      'execute',
      'parse : SAVEPOINT a',
      'bind : []',
      'execute',
      // The statement itself, as pg sends it.
      'cork',
      'bind pass2pay_1: ["a"]',
      'describe',
      'execute',
      'sync',
      'uncork',
      'uncork',
    ]);
  });

  it('has its own result, and not those of its begin', async () => {
    const { result, query, connection } = begun();
    query.submit(connection);
    for (const text of ['BEGIN', 'SAVEPOINT']) query.handleCommandComplete({ text }, connection);
    query.handleRowDescription({ fields: [{ name: 'n', dataTypeID: 23, format: 'text' }] });
    query.handleDataRow({ fields: ['1'] });
    query.handleCommandComplete({ text: 'SELECT 1' }, connection);
    query.handleReadyForQuery(connection);
    expect(await result).toMatchObject({ command: 'SELECT', rowCount: 1, rows: [{ n: 1 }] });
  });

  it('fails with what the server answers', async () => {
    const { result, query, connection } = begun();
    const refused = new Error('lock timeout');
    query.submit(connection);
    query.handleError(refused, connection);
    expect(await errorOf(result)).toBe(refused);
  });

  it('is sent without a buffer where the stream has none', () => {
    const { query, connection } = begun();
    connection.stream = {};
    query.submit(connection);
    expect(sent).not.toContain('cork');
    expect(sent).toContain('sync');
  });

  it('reports what pg does not send', () => {
    const { query, connection } = begun('no array' as never);
    expect(query.submit(connection)).toStrictEqual(new Error('Query values must be an array'));
    expect(sent.at(-1)).toBe('uncork');
  });

  it('leaves nothing in the buffer when the connection cannot be written to', () => {
    const { query, connection } = begun();
    connection.parse = () => {
      throw new Error('closed');
    };
    expect(() => query.submit(connection)).toThrow('closed');
    expect(sent).toStrictEqual(['cork', 'uncork']);
  });

  it('shows instrumentation no text, and lets it replace the callback', async () => {
    const { result, query, connection } = begun();
    expect('text' in query || 'name' in query).toBe(false);
    const { callback } = query;
    const seen: unknown[] = [];
    query.callback = (error, answer) => {
      seen.push(error);
      callback.call(query, error, answer);
    };
    query.submit(connection);
    query.handleReadyForQuery(connection);
    await result;
    expect(seen).toStrictEqual([null]);
  });
});

describe('nothing is sent', () => {
  it('for a statement that is not prepared on the connection', () => {
    expect(begin([], { name: 'pass2pay_2', text: 'SELECT 2' })).toBeUndefined();
    expect(begin([], { name: STATEMENT.name, text: 'SELECT 2' })).toBeUndefined();
  });

  it('by a client in pipeline mode, unlike one that could be', () => {
    client.pipeline = true;
    expect(begin()).toBeUndefined();
    expect(client.queries).toHaveLength(0);
    client.pipeline = false;
    expect(begin()).toBeDefined();
    expect(client.queries).toHaveLength(1);
  });

  it('by a client that is not pg’s own', () => {
    class Other extends Client {
      static override Query = undefined;
    }
    client = new Other();
    expect(begin()).toBeUndefined();
    client = new Client();
    client.connection = undefined;
    expect(begin()).toBeUndefined();
    client = Object.assign(new Client(), { connection: {} });
    expect(begin()).toBeUndefined();
    expect(client.queries).toHaveLength(0);
  });
});
