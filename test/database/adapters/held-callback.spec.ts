import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { HeldCallback } from '../../../lib/database/adapters/held-callback.js';

const context = new AsyncLocalStorage<string>();

/** A library that commits when the callback returns, and rolls back when it throws. */
function library({ endError }: { endError?: Error } = {}) {
  const steps: string[] = [];
  const transact = async (work: (tx: string) => Promise<void>) => {
    steps.push('begin');
    try {
      await context.run('inside', () => work('tx'));
      steps.push('commit');
    } catch (error) {
      steps.push(`rollback after ${(error as Error).name}`);
      throw error;
    }
    if (endError !== undefined) throw endError;
  };
  return { steps, transact };
}

describe('a held transaction', () => {
  it('stays open, and runs work in the context of the library', async () => {
    const { steps, transact } = library();
    const held = await HeldCallback.open(transact);
    expect(held.tx).toBe('tx');
    expect(held.run(() => context.getStore())).toBe('inside');
    expect(context.getStore()).toBeUndefined();
    expect(steps).toStrictEqual(['begin']);
    await held.leave();
  });

  it('is committed by the library when it is left', async () => {
    const { steps, transact } = library();
    await (await HeldCallback.open(transact)).leave();
    expect(steps).toStrictEqual(['begin', 'commit']);
  });

  it('is left when the library has ended it', async () => {
    let end!: () => void;
    const held = await HeldCallback.open(async (work) => {
      await work('tx');
      await new Promise<void>((resolve) => (end = resolve));
    });
    let isLeft = false;
    const left = held.leave().then(() => (isLeft = true));
    await setImmediate();
    expect(isLeft).toBe(false);
    end();
    await left;
    expect(isLeft).toBe(true);
  });

  it('is rolled back by the library when it is abandoned', async () => {
    const { steps, transact } = library();
    await (await HeldCallback.open(transact)).abandon();
    expect(steps).toStrictEqual(['begin', 'rollback after EndedByModule']);
  });

  it('does not throw what the library throws at its end', async () => {
    const held = await HeldCallback.open(library({ endError: new Error('lost') }).transact);
    await expect(held.leave()).resolves.toBeUndefined();
  });

  it('throws what the library throws when it cannot begin', async () => {
    const away = new Error('no connection');
    await expect(HeldCallback.open(() => Promise.reject(away))).rejects.toBe(away);
  });
});
