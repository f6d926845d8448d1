import { describe, expect, it } from '@jest/globals';
import type { SqlDatabase, SqlTransaction } from '../../../lib/database/sql-database.js';
import { inHandlerScope, isInHandlerScope } from '../../../lib/database/transaction/handler-scope.js';

const databaseOf = (dialect: SqlDatabase['dialect']) => ({ dialect }) as SqlDatabase;
const PLAIN = {} as SqlTransaction;
const sqlite = databaseOf('sqlite');

describe('a handler on SQLite', () => {
  it('holds the connection of its database, and of no other one', async () => {
    const other = databaseOf('sqlite');
    const held = await inHandlerScope(sqlite, PLAIN, async () => [isInHandlerScope(sqlite), isInHandlerScope(other)]);
    expect(held).toStrictEqual([true, false]);
  });

  it('holds it also in calls that it awaits', async () => {
    const deeper = async () => {
      await Promise.resolve();
      return isInHandlerScope(sqlite);
    };
    expect(await inHandlerScope(sqlite, PLAIN, deeper)).toBe(true);
  });

  it('no longer holds it in un-awaited work after its end', async () => {
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    let unawaited!: Promise<boolean>;
    await inHandlerScope(sqlite, PLAIN, async () => {
      unawaited = ended.then(() => isInHandlerScope(sqlite));
    });
    end();
    expect(await unawaited).toBe(false);
  });

  it('no longer holds it after it has failed, and its error is thrown', async () => {
    const failure = new Error('no');
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    let unawaited!: Promise<boolean>;
    const failing = async () => {
      unawaited = ended.then(() => isInHandlerScope(sqlite));
      throw failure;
    };
    await expect(inHandlerScope(sqlite, PLAIN, failing)).rejects.toBe(failure);
    end();
    expect(await unawaited).toBe(false);
  });
});

it('is nobody’s scope outside of handlers', () => expect(isInHandlerScope(sqlite)).toBe(false));

it.each(['postgres', 'mysql'] as const)('leaves a handler on %s the other connections of the pool', async (dialect) => {
  const database = databaseOf(dialect);
  expect(await inHandlerScope(database, PLAIN, async () => isInHandlerScope(database))).toBe(false);
});

it.each(['postgres', 'sqlite'] as const)('runs handlers on %s in the context of the library', async (dialect) => {
  const steps: string[] = [];
  const transaction = {
    runHandlers: async (handlers: () => Promise<unknown>) => {
      steps.push('enter');
      const result = await handlers();
      steps.push('leave');
      return result;
    },
  } as SqlTransaction;
  const handlers = async () => {
    steps.push('handle');
    return 'done';
  };
  expect(await inHandlerScope(databaseOf(dialect), transaction, handlers)).toBe('done');
  expect(steps).toStrictEqual(['enter', 'handle', 'leave']);
});
