import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DriverConnections } from '../../../lib/database/adapters/driver-connections.js';
import type { KyselyConnection } from '../../../lib/database/adapters/kysely-connection.js';

let pool: EventEmitter;
let connections: DriverConnections;
let closed: string[];
beforeEach(() => {
  pool = new EventEmitter();
  connections = new DriverConnections(pool);
  closed = [];
});

/** A connection of the driver, as the pool hands it out. */
function acquired(members: object): EventEmitter {
  const connection = Object.assign(new EventEmitter(), members);
  pool.emit('acquire', connection);
  return connection;
}

const ofPg = (processID: number) => acquired({ processID, end: async () => void closed.push(`pg ${processID}`) });
const ofMysql = (threadId: number) =>
  acquired({
    threadId,
    end: () => void closed.push(`end ${threadId}`),
    destroy: () => void closed.push(`mysql ${threadId}`),
  });

/** A connection of Kysely that hides the one with this id. */
function hiding(id: unknown) {
  const statements: string[] = [];
  const run = async (sql: string) => {
    statements.push(sql);
    return { rows: id === undefined ? [] : [{ id }], affected: 0 };
  };
  return { statements, connection: { driven: {}, run } as unknown as KyselyConnection };
}

describe('a pool', () => {
  it('gets a listener for lost idle connections, unless it has one', () => {
    expect(pool.listenerCount('error')).toBe(1);
    expect(() => pool.emit('error', new Error('terminated'))).not.toThrow();
    const other = new EventEmitter().on('error', () => {});
    expect(new DriverConnections(other)).toBeDefined();
    expect(other.listenerCount('error')).toBe(1);
  });

  it('has each connection listen once for its loss', () => {
    const connection = ofPg(1);
    expect(() => connection.emit('error', new Error('terminated'))).not.toThrow();
    pool.emit('acquire', connection);
    expect(connection.listenerCount('error')).toBe(1);
  });
});

describe('a hidden connection', () => {
  it.each([
    ['postgres', 'SELECT pg_backend_pid() AS id'],
    ['mysql', 'SELECT CONNECTION_ID() AS id'],
    ['sqlite', 'SELECT 0 AS id'],
  ] as const)('is identified once on %s, by %s', async (dialect, sql) => {
    const { connection, statements } = hiding(1);
    await connections.identify(connection, dialect);
    await connections.identify(connection, dialect);
    expect(statements).toStrictEqual([sql]);
  });

  it('is closed by its id although the pool has handed out others since', async () => {
    ofPg(1);
    ofPg(2);
    const { connection } = hiding(1);
    await connections.identify(connection, 'postgres');
    connections.close(connection);
    expect(closed).toStrictEqual(['pg 1']);
  });

  it('is closed by its id on PostgreSQL, even if the driver gives that as text', async () => {
    ofPg(1);
    ofPg(2);
    const { connection } = hiding('2');
    await connections.identify(connection, 'postgres');
    connections.close(connection);
    expect(closed).toStrictEqual(['pg 2']);
  });

  it('is closed by its id on MySQL, at once', async () => {
    ofMysql(7);
    const { connection } = hiding(7);
    await connections.identify(connection, 'mysql');
    connections.close(connection);
    expect(closed).toStrictEqual(['mysql 7']);
  });

  it('may fail to be closed', async () => {
    acquired({ processID: 1, end: () => Promise.reject(new Error('closed already')) });
    acquired({ processID: 2, end: () => {} });
    for (const id of [1, 2]) {
      const { connection } = hiding(id);
      await connections.identify(connection, 'postgres');
      expect(() => connections.close(connection)).not.toThrow();
    }
    // An unhandled rejection would end the process.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('stays open where it is not known, or a proxy has another id', async () => {
    ofPg(1);
    ofPg(0);
    const [foreign, unidentified, nameless] = [hiding(9), hiding(1), hiding(undefined)];
    await connections.identify(foreign.connection, 'postgres');
    await connections.identify(nameless.connection, 'postgres');
    for (const { connection } of [foreign, unidentified, nameless]) connections.close(connection);
    expect(closed).toStrictEqual([]);
  });

  it('is the last one that had its id', async () => {
    ofPg(1);
    acquired({ processID: 1, end: () => void closed.push('later') });
    const { connection } = hiding(1);
    await connections.identify(connection, 'postgres');
    connections.close(connection);
    expect(closed).toStrictEqual(['later']);
  });

  it('without an id is not closed for another one', async () => {
    acquired({ end: () => void closed.push('nameless') });
    for (const id of [undefined, 0, Number.NaN]) {
      const { connection } = hiding(id);
      await connections.identify(connection, 'postgres');
      connections.close(connection);
    }
    expect(closed).toStrictEqual([]);
  });

  it('is identified again after that has failed', async () => {
    ofPg(1);
    const { connection } = hiding(1);
    const run = connection.run.bind(connection);
    connection.run = () => Promise.reject(new Error('lost'));
    await expect(connections.identify(connection, 'postgres')).rejects.toThrow('lost');
    connection.run = run;
    await connections.identify(connection, 'postgres');
    connections.close(connection);
    expect(closed).toStrictEqual(['pg 1']);
  });
});
