import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { runHandlers } from '../../../lib/database/outcomes/run-handlers.js';
import type { SqlDialect, SqlTransaction } from '../../../lib/database/sql-database.js';
import { isInHandlerScope } from '../../../lib/database/transaction/handler-scope.js';
import { paymentEvent } from '../../outcomes/support/events.js';
import { ScriptedTransaction, scriptedDatabase } from '../support/scripted-transaction.js';

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

function run(
  handlers: () => Promise<void>,
  {
    dialect = 'sqlite',
    timeoutMs = 100,
    transaction = new ScriptedTransaction(),
  }: {
    dialect?: SqlDialect;
    timeoutMs?: number;
    transaction?: SqlTransaction;
  } = {},
) {
  const database = scriptedDatabase(dialect, new ScriptedTransaction());
  return { database, ended: runHandlers(database, transaction, { event: paymentEvent(), timeoutMs }, handlers) };
}

describe('handlers', () => {
  it('run in the scope of their database', async () => {
    let isInside: boolean | undefined;
    const { database, ended } = run(async () => {
      await Promise.resolve();
      isInside = isInHandlerScope(database);
    });
    await ended;
    expect(isInside).toBe(true);
    expect(isInHandlerScope(database)).toBe(false);
  });

  it('run in the context that their library needs', async () => {
    const steps: string[] = [];
    const transaction = Object.assign(new ScriptedTransaction(), {
      runHandlers: async <Result>(handlers: () => Promise<Result>) => {
        steps.push('context');
        return handlers();
      },
    });
    await run(async () => void steps.push('handlers'), { dialect: 'postgres', transaction }).ended;
    expect(steps).toStrictEqual(['context', 'handlers']);
  });

  it('throw what they throw', async () => {
    const error = new Error('no stock');
    await expect(run(() => Promise.reject(error)).ended).rejects.toBe(error);
  });

  it('may take as long as their timeout', async () => {
    const { ended } = run(() => new Promise((resolve) => setTimeout(resolve, 99)));
    await clock.tickAsync(99);
    await expect(ended).resolves.toBeUndefined();
  });

  it('are too slow after their timeout, which the error names in whole ms', async () => {
    const { ended } = run(() => new Promise(() => {}), { timeoutMs: 99.2 });
    const rejected = expect(ended).rejects.toThrow(
      new Error('The handlers of payment:M1:P1:2 took longer than 100 ms.'),
    );
    await clock.tickAsync(100);
    await rejected;
  });
});
